import { z } from 'zod';
import { persistedRowSchema } from '../../domain/files/route';
import type { ModelName, NodeId } from '../../domain/ids';
import { claim, emptyRow, fence, lapse, renew, write } from '../../domain/route-node';
import type {
  ClaimCommand,
  FenceCommand,
  RenewCommand,
  RouteRow,
  RowAnswer,
  WriteCommand,
} from '../../domain/route-node';
import { persisted, restored, type NodeClock } from '../../domain/route-persisted';
import type { RouteAnswer, RouteView } from '../../ports/router';
import type { StateFile } from './persistence';

const fileSchema = z.strictObject({ node: z.string(), rows: z.array(persistedRowSchema) });
const LONGEST_TIMER_MS = 2 ** 31 - 1; // setTimeout fires at once beyond it

interface Needs {
  readonly node: NodeId;
  readonly file: StateFile;
  readonly clock: () => NodeClock;
  readonly onFault: (err: unknown) => void; // a lapse that could not be written; it is served all the same
}

/**
 * The rows of all models: one frozen object a model, swapped by reference once it is on disk. Commands go one at a time.
 * What requests meet is `served`: the row and the clock, whether or not a lapse has been written yet.
 */
export class RouteTable {
  readonly #rows: Map<ModelName, RouteRow>;
  #turn: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly needs: Needs,
    rows: readonly RouteRow[],
  ) {
    this.#rows = new Map(rows.map((row) => [row.route.model, row]));
    this.#watchLeases();
  }

  /** Reads the rows that the last process left. @throws Error when they are damaged or belong to another node */
  static async open(needs: Needs): Promise<RouteTable> {
    const content = await needs.file.read();
    if (content === undefined) return new RouteTable(needs, []);
    const parsed = fileSchema.safeParse(content);
    if (!parsed.success) throw new Error(`${needs.file.file} holds no routes: ${z.prettifyError(parsed.error)}`);
    const { node, rows } = parsed.data;
    if (node !== needs.node) {
      throw new Error(
        `${needs.file.file} belongs to node ${node}, this is ${needs.node}: give each its own state folder`,
      );
    }
    const clock = needs.clock();
    return new RouteTable(
      needs,
      rows.map((row) => restored(row, clock)),
    );
  }

  /** What a request meets now; undefined for a model that was never routed. Never waits. */
  served(model: ModelName): RouteRow | undefined {
    const row = this.#rows.get(model);
    return row && (row.leaseUntilMs === null ? row : lapse(row, this.needs.clock().nowMs));
  }

  models(): readonly ModelName[] {
    return [...this.#rows.keys()].sort();
  }

  async read(model: ModelName): Promise<RouteView> {
    return this.#inTurn(async () => {
      const row = await this.#settled(model);
      return { route: row.route, fence: row.fence, clockMs: this.needs.clock().nowMs };
    });
  }

  async fence(model: ModelName, command: FenceCommand): Promise<RouteAnswer> {
    return this.#apply(model, (row, nowMs) => fence(row, command, nowMs));
  }

  async write(model: ModelName, command: WriteCommand): Promise<RouteAnswer> {
    return this.#apply(model, (row, nowMs) => write(row, command, nowMs));
  }

  async claim(model: ModelName, command: ClaimCommand): Promise<RouteAnswer> {
    return this.#apply(model, (row) => claim(row, command));
  }

  async renew(model: ModelName, command: RenewCommand): Promise<RouteAnswer> {
    return this.#apply(model, (row, nowMs) => renew(row, command, nowMs));
  }

  /** Returns when no command is under way any more. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#turn;
    clearTimeout(this.#timer);
  }

  async #apply(model: ModelName, decide: (row: RouteRow, nowMs: number) => RowAnswer): Promise<RouteAnswer> {
    return this.#inTurn(async () => {
      const found = await this.#settled(model);
      const answer = decide(found, this.needs.clock().nowMs);
      if (answer.kind !== 'ok') return answer;
      if (answer.row !== found) await this.#keep(model, answer.row);
      return { kind: 'ok', route: answer.row.route };
    });
  }

  /** The row as it is now; a lapse is on disk before anybody is told of it. */
  async #settled(model: ModelName): Promise<RouteRow> {
    const row = this.#rows.get(model) ?? emptyRow(model);
    const now = lapse(row, this.needs.clock().nowMs);
    if (now !== row) await this.#keep(model, now);
    return now;
  }

  async #keep(model: ModelName, row: RouteRow): Promise<void> {
    const clock = this.needs.clock();
    const rows = [...new Map(this.#rows).set(model, row).values()].map((one) => persisted(one, clock));
    await this.needs.file.write({ node: this.needs.node, rows });
    this.#rows.set(model, deepFrozen(row));
    this.#watchLeases();
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(task);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  /** One timer for the lease that ends first; it writes the lapse that requests already meet. */
  #watchLeases(): void {
    clearTimeout(this.#timer);
    const ends = [...this.#rows.values()].map(({ leaseUntilMs }) => leaseUntilMs ?? Infinity);
    const firstMs = Math.min(...ends, Infinity) - this.needs.clock().nowMs;
    if (firstMs === Infinity) return;
    const lapseAll = async () => {
      for (const model of this.#rows.keys()) await this.#settled(model);
      this.#watchLeases();
    };
    const fire = () => void this.#inTurn(lapseAll).catch(this.needs.onFault);
    this.#timer = setTimeout(fire, Math.min(Math.max(1, firstMs), LONGEST_TIMER_MS));
    this.#timer.unref();
  }
}

function deepFrozen(row: RouteRow): RouteRow {
  for (const part of [row.route, row.route.canary, row.fence]) Object.freeze(part);
  return Object.freeze(row);
}
