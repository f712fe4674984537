import type { PromotionView } from './api-shapes';
import { CliError, EXIT, type ExitCode } from './exit-codes';
import { factsOf } from './render/changes';
import { promotionLines } from './render/promotion';
import type { Session } from './session';
import { LiveFrame } from './live-frame';

/** How often the api is asked; looks in the regions are a second apart by default. */
const LOOK_MS = 1_000;

/** Shows a promotion until it and its regions have ended; goes on while the api is away. Sets the exit code by its outcome. */
export async function watchPromotion(session: Session, model: string, epoch: number): Promise<void> {
  const { terminal, clock, api } = session;
  const frame = new LiveFrame(terminal);
  let trouble: string | null = null;
  for (;;) {
    const view = await api.promotion(model, epoch).catch((error: unknown) => {
      if (!(error instanceof CliError) || error.exitCode !== EXIT.unreachable) throw error;
      return error.message;
    });
    if (typeof view === 'string') {
      if (trouble === null) session.note(`${view}; watching goes on`);
      trouble = view;
    } else {
      if (trouble !== null) session.note('it answers again');
      trouble = null;
      if (!session.json)
        frame.show(
          () => promotionLines(view, screenOf(session)),
          () => factsOf(view),
        );
      if (hasEnded(view)) return leave(session, view, frame);
    }
    await clock.sleep(LOOK_MS, terminal.interrupted).catch(() => {
      frame.end();
      session.note(`no longer watched; the promotion of ${model} goes on`);
      throw new CliError(EXIT.interrupted, 'interrupted', undefined, 'Interrupted');
    });
  }
}

function leave(session: Session, view: PromotionView, frame: LiveFrame): void {
  frame.end();
  session.exitCode = exitCodeOf(view);
  if (session.json) session.print(view, () => []);
}

function screenOf(session: Session) {
  return { nowMs: session.nowMs(), width: session.width, paint: session.paint };
}

/** The promotion ends when it has decided; its regions a moment later, when they have cleaned up. Pure. */
export function hasEnded({ status, record, rollouts }: PromotionView): boolean {
  if (!status) return record !== null;
  return status.phase === 'ended' && Object.values(rollouts).every(({ phase }) => phase === 'ended');
}

/** 0 only for a promotion that ended live in every region. Pure. */
export function exitCodeOf({ status, record }: PromotionView): ExitCode {
  return (status ?? record)?.outcome === 'live' ? EXIT.ok : EXIT.failed;
}
