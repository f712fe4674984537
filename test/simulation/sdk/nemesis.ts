import type { Station } from './station';

/** What the engine asks of the world that surrounds it: how long things take, and what becomes of messages. */
export interface Nemesis {
  /** Milliseconds until a workflow task, an activity task or a report gets through. */
  delayMs(kind: 'workflow-task' | 'activity-task' | 'report' | 'start'): number;
  /** The deliveries of one signal, each after so many milliseconds; never none: signals are durable. */
  deliveries(to: string, signal: string, args: readonly unknown[]): readonly number[];
  /** Who serves a task queue. */
  stationOf(taskQueue: string): Station;
  /** Whether the details of a heartbeat are kept back by the throttle. */
  throttlesHeartbeat(): boolean;
  /** How many events a run may have before it is told to continue as new. */
  suggestsContinueAsNew(workflowId: string, events: number): boolean;
  note(what: string): void;
  /** Something that may never happen, e.g. a workflow task that fails. */
  bug(what: string): void;
}
