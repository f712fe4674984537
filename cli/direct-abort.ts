import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import path from 'node:path';
import { CliError, EXIT } from './exit-codes';
import type { Session } from './session';
import type { DirectAnswer, DirectRequest } from './direct';

interface Meant {
  readonly model: string;
  readonly epoch?: number;
  readonly reason?: string;
  readonly temporal?: string;
  readonly namespace?: string;
}

/**
 * Aborts without the api. Temporal's client takes longer to load than any other command runs, so it has a process of its own.
 * @throws CliError
 */
export async function abortDirectly(session: Session, meant: Meant): Promise<{ promotion: string; answer: string }> {
  const { env, interrupted } = session.terminal;
  const request: DirectRequest = {
    ...{ model: meant.model, epoch: meant.epoch ?? null, reason: meant.reason ?? null, keyFile: session.keyPath },
    address: meant.temporal ?? (env.TEMPORAL_ADDRESS || '127.0.0.1:7233'),
    namespace: meant.namespace ?? (env.TEMPORAL_NAMESPACE || 'default'),
  };
  const child = spawn(process.execPath, [path.join(__dirname, 'direct.js'), JSON.stringify(request)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    signal: interrupted,
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
  const [printed] = await Promise.all([text(child.stdout), ended]);
  const answer = answerIn(printed);
  if ('answer' in answer) return answer;
  throw new CliError(answer.exitCode, answer.message, answer.remedy, 'Direct');
}

function answerIn(printed: string): DirectAnswer {
  try {
    return JSON.parse(printed) as DirectAnswer;
  } catch {
    return { exitCode: EXIT.failed, message: 'the process that speaks to Temporal ended without an answer' };
  }
}
