/** How often each fault met each phase, over all runs of this process. */
export class Coverage {
  private readonly hits = new Map<string, number>();

  hit(phase: string, fault: string): void {
    const cell = `${phase} ${fault}`;
    this.hits.set(cell, (this.hits.get(cell) ?? 0) + 1);
  }

  all(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.hits);
  }

  add(hits: Readonly<Record<string, number>>): void {
    for (const [cell, count] of Object.entries(hits)) this.hits.set(cell, (this.hits.get(cell) ?? 0) + count);
  }

  of(phase: string, fault: string): number {
    return this.hits.get(`${phase} ${fault}`) ?? 0;
  }

  /** A table, phases down, faults across. */
  table(phases: readonly string[], faults: readonly string[]): string {
    const width = Math.max(...faults.map((fault) => fault.length)) + 1;
    const head = `${''.padEnd(width)}${phases.map((phase) => phase.slice(0, 9).padStart(10)).join('')}`;
    const rows = faults.map((fault) => {
      const cells = phases.map((phase) => String(this.of(phase, fault)).padStart(10));
      return `${fault.padEnd(width)}${cells.join('')}`;
    });
    return [head, ...rows].join('\n');
  }
}
