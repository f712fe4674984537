/** Time as an effect: activities take it from here, so that the simulation can let it pass. */
export interface Clock {
  nowMs(): number; // milliseconds since the epoch, for people and records; never compared between regions
  /** Waits. @throws the signal's reason when it is aborted meanwhile */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
