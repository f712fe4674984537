import { attemptNow } from './attempt';

const log = { info() {}, warn() {}, error() {}, debug() {}, trace() {} };

/** What an activity may ask of its attempt; as much of it as activities use. */
export const Context = {
  current() {
    const attempt = attemptNow();
    return {
      cancellationSignal: attempt.stop as unknown as AbortSignal,
      heartbeat: (details?: unknown) => attempt.task.beat(attempt, details),
      info: { attempt: attempt.number, heartbeatDetails: attempt.heartbeatDetails, activityType: attempt.task.name },
      log,
    };
  },
};
