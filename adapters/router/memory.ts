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
import { persisted, restored, type NodeClock, type PersistedRow } from '../../domain/route-persisted';
import type { RouteAnswer, RouterNode, RouteView } from '../../ports/router';

/**
 * A gateway node that routes nothing: the pure law over a clock that is given, rows kept as a gateway keeps them on disk.
 * For tests and simulation: no timer and no I/O, so a lease lapses when somebody looks.
 */
export class MemoryRouterNode implements RouterNode {
  #rows = new Map<ModelName, RouteRow>();
  readonly #disk = new Map<ModelName, PersistedRow>();

  constructor(
    readonly id: NodeId,
    private readonly clock: () => NodeClock,
  ) {}

  async read(model: ModelName): Promise<RouteView> {
    const { route, fence } = this.row(model);
    return { route, fence, clockMs: this.clock().nowMs };
  }

  async models(): Promise<readonly ModelName[]> {
    return [...this.#disk.keys()].sort();
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

  /** What is served now, as a request would meet it. */
  row(model: ModelName): RouteRow {
    const found = this.#rows.get(model) ?? emptyRow(model);
    const row = lapse(found, this.clock().nowMs);
    if (row !== found) this.#keep(model, row);
    return row;
  }

  /** The process dies and starts again: only what was on disk is left. */
  restart(): void {
    const clock = this.clock();
    this.#rows = new Map([...this.#disk].map(([model, row]) => [model, restored(row, clock)]));
  }

  #apply(model: ModelName, decide: (row: RouteRow, nowMs: number) => RowAnswer): RouteAnswer {
    const found = this.row(model);
    const answer = decide(found, this.clock().nowMs);
    if (answer.kind !== 'ok') return answer;
    if (answer.row !== found) this.#keep(model, answer.row);
    return { kind: 'ok', route: answer.row.route };
  }

  #keep(model: ModelName, row: RouteRow): void {
    this.#rows.set(model, row);
    this.#disk.set(model, persisted(row, this.clock()));
  }
}
