import assert from 'node:assert';
import { createContext, runInContext } from 'node:vm';
import { bundleWorkflowCode, type Logger } from '@temporalio/worker';
import { hashOf, newKeyPair, signStatement, type Roster, type Statement } from '../../../domain/approval';

const quiet = (): void => undefined;
const logger: Logger = { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet };
const ada = newKeyPair(new Uint8Array(32).fill(1));
const roster: Roster = { version: 1, actors: [{ id: 'ada', keys: [ada.publicKey], roles: ['operator'] }] };
const nowMs = 1_900_000_000_000;
const statement: Statement = {
  typ: 'meridian-statement',
  promotion: 'promotion/fraud/1',
  planHash: '',
  digest: '',
  verb: 'abort',
  reason: 'größer als erwartet',
  actor: 'ada',
  exp: nowMs / 1000 + 60,
  jti: 'abort-01',
};

describe('approval in a workflow', () => {
  it('is bundled without Node, and judges in a bare sandbox as it does outside', async () => {
    const { code } = await bundleWorkflowCode({ workflowsPath: require.resolve('./approval.workflow'), logger });
    // What the worker gives its sandbox (@temporalio/worker 1.24.0, workflow/vm-shared.js), and nothing else.
    const sandbox = createContext({ TextEncoder, TextDecoder, URL, URLSearchParams, AbortController, assert });
    runInContext(`var __webpack_module_cache__ = {}; ${code}`, sandbox);
    const inside = (jws: string): unknown => {
      const input = JSON.stringify(JSON.stringify({ jws, roster, nowMs }));
      return JSON.parse(String(runInContext(`__TEMPORAL__.importWorkflows().check(${input})`, sandbox)));
    };
    const jws = signStatement(statement, ada.secretKey);
    const hash = hashOf(roster);
    expect(inside(jws)).toEqual({ hash, answer: { ok: { ...statement, keyId: ada.publicKey, roles: ['operator'] } } });
    expect(inside(jws.replace('.', 'A.'))).toEqual({ hash, answer: { refused: expect.any(String) } });
  });
});
