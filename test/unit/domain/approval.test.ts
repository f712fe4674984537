import { createHash, createHmac, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import * as approval from '../../../domain/approval';
import { canonicalJson } from '../../../domain/canonical-json';

const { checkStatement, countsTowards, hashOf, newKeyPair, signRoster, signStatement, verifyRoster, verifyStatement } =
  approval;
const keyPair = (seed: number) => newKeyPair(new Uint8Array(32).fill(seed));
const [ada, ben, root, eve] = [keyPair(1), keyPair(2), keyPair(3), keyPair(4)];
const NOW_MS = 1_900_000_000_000;
const DIGEST = `sha256:${'a'.repeat(64)}`;
const PLAN = `sha256:${'b'.repeat(64)}`;
const roster: approval.Roster = {
  version: 7,
  actors: [
    { id: 'ada', keys: [ada.publicKey], roles: ['starter', 'approver'] },
    { id: 'ben', keys: [keyPair(9).publicKey, ben.publicKey], roles: ['operator'] },
  ],
};
const approve: approval.Statement = {
  typ: 'meridian-statement',
  promotion: 'promotion/fraud/3',
  planHash: PLAN,
  digest: DIGEST,
  gate: 'board',
  verb: 'approve',
  actor: 'ada',
  exp: NOW_MS / 1000 + 600,
  jti: 'b2c1-0001',
};
const base64url = (text: string): string => Buffer.from(text).toString('base64url');
const privateKey = ({ publicKey: x, secretKey: d }: approval.KeyPair): KeyObject =>
  createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', x, d }, format: 'jwk' });
/** A JWS made by Node alone, of any header and claims. */
function signedByNode(header: object | string, claims: object | string, key = ada): string {
  const text = (part: object | string) => base64url(typeof part === 'string' ? part : JSON.stringify(part));
  const signed = `${text(header)}.${text(claims)}`;
  return `${signed}.${sign(null, Buffer.from(signed), privateKey(key)).toString('base64url')}`;
}
const verified = (change: Partial<approval.Statement> = {}, key = ada) =>
  verifyStatement(signStatement({ ...approve, ...change }, key.secretKey), roster, NOW_MS);
const refusal = (answer: approval.Answer<unknown>) => ('refused' in answer ? answer.refused : 'accepted');

describe('a signed statement', () => {
  it('is accepted with the key and the roles of its actor', () => {
    expect(verified()).toEqual({ ok: { ...approve, keyId: ada.publicKey, roles: ['starter', 'approver'] } });
    expect(verified({ actor: 'ben', verb: 'abort' }, ben)).toMatchObject({ ok: { keyId: ben.publicKey } });
  });

  it('is accepted when Node signed it, with and without key id', () => {
    expect(verifyStatement(signedByNode({ alg: 'EdDSA' }, approve), roster, NOW_MS)).toHaveProperty('ok');
    const header = { alg: 'EdDSA', typ: 'JWT', kid: ada.publicKey };
    expect(verifyStatement(signedByNode(header, approve), roster, NOW_MS)).toHaveProperty('ok');
  });

  it('is what Node accepts', () => {
    const [header, claims, signature = ''] = signStatement(approve, ada.secretKey).split('.');
    const key = createPublicKey(privateKey(ada));
    const bytes = Buffer.from(signature, 'base64url');
    expect(verify(null, Buffer.from(`${header}.${claims}`), key, bytes)).toBe(true);
  });

  it('is refused after any change of a letter', () => {
    const jws = signStatement(approve, ada.secretKey);
    for (let at = 0; at < jws.length; at += 7) {
      const changed = `${jws.slice(0, at)}${jws[at] === 'A' ? 'B' : 'A'}${jws.slice(at + 1)}`;
      expect(refusal(verifyStatement(changed, roster, NOW_MS))).not.toBe('accepted');
    }
  });

  it.each<[string, string, RegExp]>([
    ['signed by nobody', signedByNode({ alg: 'none' }, approve).replace(/[^.]*$/, ''), /JWS/],
    ['of algorithm none with a signature', signedByNode({ alg: 'none' }, approve), /only EdDSA/],
    ['of another spelling of EdDSA', signedByNode({ alg: 'eddsa' }, approve), /only EdDSA/],
    ['with a critical header', signedByNode({ alg: 'EdDSA', crit: ['b64'] }, approve), /header/],
    ['that brings its own key', signedByNode({ alg: 'EdDSA', jwk: {} }, approve, eve), /header/],
    ['by a stranger', signedByNode({ alg: 'EdDSA' }, approve, eve), /not signed by a key of ada/],
    ['by another actor of the roster', signedByNode({ alg: 'EdDSA' }, approve, ben), /not signed by a key of ada/],
    ['under the key id of another', signedByNode({ alg: 'EdDSA', kid: ben.publicKey }, approve), /not signed/],
    ['of an unknown actor', signedByNode({ alg: 'EdDSA' }, { ...approve, actor: 'eve' }, eve), /eve is not in the ros/],
    [
      'with a field twice',
      signedByNode({ alg: 'EdDSA' }, JSON.stringify(approve).replace('{', '{"verb":"abort",')),
      /com/,
    ],
    ['with an unknown field', signedByNode({ alg: 'EdDSA' }, { ...approve, admin: true }), /unknown field "admin"/],
    ['of another type', signedByNode({ alg: 'EdDSA' }, { ...approve, typ: 'meridian-roster' }), /typ/],
    ['of an unknown verb', signedByNode({ alg: 'EdDSA' }, { ...approve, verb: 'constructor' }), /verb/],
    ['without its gate', signedByNode({ alg: 'EdDSA' }, { ...approve, gate: '' }), /approve needs a gate/],
    ['whose expiry is text', signedByNode({ alg: 'EdDSA' }, { ...approve, exp: '2e9' }), /exp/],
    ['whose claims are no JSON', signedByNode({ alg: 'EdDSA' }, 'x'), /claims/],
    ['that is far too long', 'a'.repeat(20_000), /at most/],
  ])('%s is refused', (_, jws, reason) => {
    expect(refusal(verifyStatement(jws, roster, NOW_MS))).toMatch(reason);
  });

  it('with padding in any part is refused', () => {
    const parts = signStatement(approve, ada.secretKey).split('.');
    for (const part of [0, 1, 2]) {
      const padded = parts.map((text, index) => (index === part ? `${text}=` : text)).join('.');
      expect(refusal(verifyStatement(padded, roster, NOW_MS))).not.toBe('accepted');
    }
  });

  it('authenticated with the public key as a shared secret is refused', () => {
    const signed = `${base64url('{"alg":"HS256"}')}.${base64url(JSON.stringify(approve))}`;
    for (const length of [32, 64]) {
      const secret = Buffer.from(ada.publicKey, 'base64url');
      const mac = createHmac(length === 32 ? 'sha256' : 'sha512', secret)
        .update(signed)
        .digest('base64url');
      expect(refusal(verifyStatement(`${signed}.${mac}`, roster, NOW_MS))).not.toBe('accepted');
    }
  });

  it('is refused from its expiry on, and when it expires too far ahead', () => {
    expect(refusal(verified({ exp: NOW_MS / 1000 }))).toMatch(/expired/);
    expect(refusal(verified({ exp: NOW_MS / 1000 + 8 * 86_400 }))).toMatch(/7 days/);
    const jws = signStatement(approve, ada.secretKey);
    expect(refusal(verifyStatement(jws, roster, NaN))).toMatch(/expired/);
  });

  it('cannot be signed when it would be refused', () => {
    expect(() => signStatement({ ...approve, planHash: 'x' }, ada.secretKey)).toThrow(/planHash/);
    expect(() => signStatement(approve, 'short')).toThrow(/32 bytes/);
    expect(() => newKeyPair(new Uint8Array(16))).toThrow(/32 random bytes/);
  });
});

describe('what a statement says', () => {
  const expected: approval.Expected = {
    promotion: 'promotion/fraud/3',
    planHash: PLAN,
    digest: DIGEST,
    verb: 'approve',
    usedJtis: [],
  };
  const statement = (change: Partial<approval.Statement> = {}): approval.Verified => ({
    ...approve,
    ...change,
    keyId: ada.publicKey,
    roles: ['approver'],
  });

  it('is accepted where it is meant', () => {
    expect(checkStatement(statement(), expected)).toEqual({ ok: statement() });
  });

  it.each<[string, Partial<approval.Expected>, RegExp]>([
    ['on another promotion', { promotion: 'promotion/fraud/4' }, /says promotion/],
    ['on another plan', { planHash: DIGEST }, /says planHash/],
    ['on another digest', { digest: PLAN }, /says digest/],
    ['at another gate', { gate: 'other' }, /says gate board, here it is other/],
    ['in a region that it does not name', { region: 'eu' }, /says region \(none\)/],
    ['as another verb', { verb: 'reject' }, /says verb approve/],
    ['where another role is asked for', { role: 'operator' }, /ada is no operator/],
    ['a second time', { usedJtis: ['b2c1-0001'] }, /used before/],
  ])('is refused %s', (_, change, reason) => {
    expect(refusal(checkStatement(statement(), { ...expected, ...change }))).toMatch(reason);
  });

  it.each<[approval.Verb, approval.Role]>([
    ['start', 'starter'],
    ['approve', 'approver'],
    ['reject', 'approver'],
    ['abort', 'operator'],
    ['release', 'operator'],
    ['freeze', 'operator'],
  ])('needs for %s the role %s', (verb, role) => {
    for (const own of ['starter', 'approver', 'operator'] as const) {
      const answer = checkStatement({ ...statement({ verb }), roles: [own] }, { ...expected, verb });
      expect('ok' in answer).toBe(own === role);
    }
  });
});

describe('four eyes', () => {
  const yes = (actor: string, keyId = `key of ${actor}`) => ({ actor, keyId });
  const count = { counted: [], starter: 'ada', starterKey: 'key of ada' };

  it('count different people', () => {
    const first = countsTowards({ ...count, approval: yes('ben') });
    expect(first).toEqual({ ok: [yes('ben')] });
    expect(countsTowards({ ...count, counted: [yes('ben')], approval: yes('cai') })).toEqual({
      ok: [yes('ben'), yes('cai')],
    });
  });

  it.each<[string, Parameters<typeof countsTowards>[0]]>([
    ['the starter', { ...count, approval: yes('ada', 'other key') }],
    ['the key of the starter under another name', { ...count, approval: yes('bob', 'key of ada') }],
    ['the registry', { ...count, starter: 'registry', starterKey: null, approval: yes('registry') }],
    ['the same person with a second key', { ...count, counted: [yes('ben')], approval: yes('ben', 'k2') }],
    ['the same key under a second name', { ...count, counted: [yes('ben')], approval: yes('bob', 'key of ben') }],
    ['one whom the gate does not name', { ...count, approvers: ['cai'], approval: yes('ben') }],
  ])('never count %s', (_, question) => {
    expect(countsTowards(question)).toHaveProperty('refused');
  });
});

describe('a roster', () => {
  const signed = signRoster(roster, root.secretKey);

  it('is accepted under the root key, at its version and later', () => {
    expect(verifyRoster(signed, root.publicKey, 0)).toEqual({ ok: roster });
    expect(verifyRoster(signed, root.publicKey, 7)).toEqual({ ok: roster });
  });

  it('is refused at a lower version, under another key, and as what it is not', () => {
    expect(refusal(verifyRoster(signed, root.publicKey, 8))).toMatch(/version 7, version 8 was seen/);
    expect(refusal(verifyRoster(signed, eve.publicKey, 0))).toMatch(/not signed by the root key/);
    expect(refusal(verifyRoster(signed, 'x', 0))).toMatch(/root key is no/);
    expect(refusal(verifyRoster(signStatement(approve, root.secretKey), root.publicKey, 0))).toMatch(/no roster/);
    expect(refusal(verifyStatement(signed, roster, NOW_MS))).not.toBe('accepted');
  });

  it.each<[string, unknown, RegExp]>([
    ['one key for two actors', [roster.actors[0], { ...roster.actors[0], id: 'bob' }], /stands twice/],
    ['one name for two actors', [roster.actors[0], { ...roster.actors[1], id: 'ada' }], /stands twice/],
    ['an actor called registry', [{ ...roster.actors[0], id: 'registry' }], /actors\[0\]/],
    ['an unknown role', [{ ...roster.actors[0], roles: ['root'] }], /actors\[0\]/],
    ['a key of the wrong length', [{ ...roster.actors[0], keys: ['AAAA'] }], /actors\[0\]/],
    ['no actor', [], /no actor/],
  ])('with %s is refused, even if the root key signed it', (_, actors, reason) => {
    const jws = signedByNode({ alg: 'EdDSA' }, { typ: 'meridian-roster', version: 7, actors }, root);
    expect(refusal(verifyRoster(jws, root.publicKey, 0))).toMatch(reason);
    expect(() => signRoster({ version: 7, actors: actors as approval.Actor[] }, root.secretKey)).toThrow(reason);
  });
});

describe('the hash of a plan', () => {
  it('is SHA-256 over its canonical JSON, whatever the order of its fields', () => {
    const plan = { b: [1, 0.5, 'ü'], a: { d: null, c: true } };
    const digest = createHash('sha256').update(canonicalJson(plan)).digest('hex');
    expect(hashOf(plan)).toBe(`sha256:${digest}`);
    expect(hashOf({ a: { c: true, d: null }, b: [1, 0.5, 'ü'] })).toBe(hashOf(plan));
    expect(hashOf({ ...plan, b: [1, 0.5, 'u'] })).not.toBe(hashOf(plan));
  });
});
