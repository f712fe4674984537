/** One line of a bench's table. */
export interface BenchRow {
  readonly measure: string; // with its unit
  readonly ours: number | null; // null: the scenario failed
  readonly peers: Readonly<Record<string, number>>; // by name; what is missing on this computer is not there
  readonly ratioToBest: number | null; // ours / best of what a user would pick instead; null without one
  readonly aim: string | null;
  readonly met: boolean | null; // null: no aim, or not decidable on this computer
  readonly failure?: string; // why the scenario has no numbers
}
