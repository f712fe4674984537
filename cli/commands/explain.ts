import type { Command } from 'commander';
import { isName } from '../../domain/ids';
import type { DigestRecord, PromotionRecord } from '../../ports/manifest';
import { CliError, EXIT, usage } from '../exit-codes';
import { leaf, needed, type Run } from '../leaf';
import { accountLines, evidenceLines } from '../render/explain';
import type { Frame } from '../render/promotion';
import { versionsIn } from '../render/rows';
import { lineOf, type Session } from '../session';

const LOOKED_THROUGH = 200; // promotions, newest first
const SHOWN = 3; // promotions of one digest, with all their evidence

export function explainCommand(run: Run): Command {
  return leaf(run, {
    name: 'explain <digest-or-model>',
    summary: 'Why a digest was or was not promoted, with the evidence; for a model: every digest it was offered',
    examples: ['meridian explain 3f2a9c81', 'meridian explain fraud', 'meridian explain sha256:3f2a... --json'],
    act: async (session, [given]) => {
      const what = needed(given, 'the digest or model');
      if (/^sha256:/.test(what)) return explainDigest(session, what);
      if (/^[0-9a-f]{6,64}$/.test(what) && (await explainedDigest(session, what))) return;
      if (!isName(what)) throw usage(`${JSON.stringify(what)} is neither a digest nor a model's name`);
      await explainModel(session, what);
    },
  });
}

/** A name may look like the first digits of a digest; @returns false where no digest begins with it. */
async function explainedDigest(session: Session, digits: string): Promise<boolean> {
  try {
    await explainDigest(session, digits);
    return true;
  } catch (error) {
    if (error instanceof CliError && error.exitCode === EXIT.notFound) return false;
    throw error;
  }
}

async function explainDigest(session: Session, digest: string): Promise<void> {
  const { accounts, promotions } = await session.api.digest(digest);
  const newest = promotions.slice(0, SHOWN);
  const views = await Promise.all(newest.map(({ model, epoch }) => session.api.promotion(model, epoch)));
  session.print({ accounts, promotions: views }, () => {
    const frame = frameOf(session);
    return [...linesOf(accounts, promotions, frame), ...evidenceLines(views, frame)];
  });
}

async function explainModel(session: Session, model: string): Promise<void> {
  const { api } = session;
  const [line, { digests, promotions }] = await Promise.all([
    lineOf(session, model),
    api.history({ model, limit: LOOKED_THROUGH }),
  ]);
  session.print({ line, digests, promotions }, () => {
    const lines = linesOf(digests, promotions, frameOf(session));
    return lines.length === 0 ? [`${model} was never offered a digest`] : lines;
  });
}

function linesOf(
  accounts: readonly DigestRecord[],
  promotions: readonly PromotionRecord[],
  frame: Frame,
): readonly string[] {
  const versions = versionsIn(promotions);
  return accounts.flatMap((account) => accountLines(account, versions.get(account.digest), frame));
}

function frameOf(session: Session): Frame {
  return { nowMs: session.nowMs(), width: session.width, paint: session.paint };
}
