import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { LogNotifier } from '../../adapters/notifier/log';
import { MemoryNotifier } from '../../adapters/notifier/memory';
import { SIGNATURE_HEADER, signatureOf, WebhookNotifier, type WebhookOptions } from '../../adapters/notifier/webhook';
import { NOTICE, notifierLaws, type NotifierUnderTest } from './notifier';

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
}

/** A receiver that gives one answer to all, or none at all. */
async function receiver(answer: Answer | 'silence' = { status: 204 }) {
  const received: Received[] = [];
  const server: Server = createServer((req, res) => {
    void text(req).then((body) => {
      received.push({ headers: req.headers, body });
      if (answer !== 'silence') res.writeHead(answer.status, answer.headers).end('thanks');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { url: `http://127.0.0.1:${port}/hooks/very-secret`, received, close };
}

async function webhook(options: Partial<WebhookOptions> = {}): Promise<NotifierUnderTest> {
  const { url, received, close } = await receiver();
  const delivered = () => received.map(({ body }) => JSON.parse(body) as unknown);
  return { notifier: new WebhookNotifier({ url, ...options }), delivered, close };
}

describe('the webhook notifier', () => notifierLaws(() => webhook({ secret: 'shared' })));
describe('the memory notifier', () => {
  notifierLaws(async () => {
    const notifier = new MemoryNotifier();
    return { notifier, delivered: () => notifier.notices, close: async () => undefined };
  });
});
describe('the log notifier', () => {
  notifierLaws(async () => {
    const lines: string[] = [];
    const notifier = new LogNotifier((fields, message) => lines.push(JSON.stringify({ ...fields, message })));
    const delivered = () => {
      return lines.map((line) => {
        const { message, ...fields } = JSON.parse(line) as Record<string, unknown>;
        expect(message).toBe('notice');
        return fields;
      });
    };
    return { notifier, delivered, close: async () => undefined };
  });
});

describe('a webhook', () => {
  it('is signed over its body with the shared secret', async () => {
    const { url, received, close } = await receiver();
    await new WebhookNotifier({ url, secret: 'shared' }).notify(NOTICE);
    await new WebhookNotifier({ url }).notify(NOTICE);
    const [signed, unsigned] = received;
    expect(signed?.headers[SIGNATURE_HEADER]).toBe(signatureOf(signed?.body ?? '', 'shared'));
    expect(signed?.headers[SIGNATURE_HEADER]).not.toBe(signatureOf(signed?.body ?? '', 'other'));
    expect(signed?.headers['content-type']).toBe('application/json');
    expect(unsigned?.headers[SIGNATURE_HEADER]).toBeUndefined();
    await close();
  });

  // RFC 4231, section 4.3 (test case 2).
  it('has the HMAC that RFC 4231 says', () => {
    expect(signatureOf('what do ya want for nothing?', 'Jefe')).toBe(
      'sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });

  it.each<[string, Answer | 'silence', object]>([
    [
      'says when to come again',
      { status: 429, headers: { 'retry-after': '3' } },
      { type: 'Throttled', details: { retryAfterMs: 3000 } },
    ],
    ['does not say when', { status: 429 }, { type: 'Throttled', details: { retryAfterMs: null } }],
    ['fails', { status: 500 }, { type: 'RegionUnreachable', message: expect.stringContaining('answered 500') }],
    ['points elsewhere', { status: 307, headers: { location: 'http://127.0.0.1:9/' } }, { type: 'RegionUnreachable' }],
    ['never answers', 'silence', { type: 'RegionUnreachable', message: expect.stringContaining('is it up') }],
  ])('fails by name when its receiver %s, and keeps the secret part of its address', async (_, answer, failure) => {
    const { url, close } = await receiver(answer);
    const error: unknown = await new WebhookNotifier({ url, timeoutMs: 100 })
      .notify(NOTICE)
      .catch((err: unknown) => err);
    expect(error).toMatchObject(failure);
    expect(String(error)).not.toContain('very-secret');
    await close();
  });

  it('fails by name when nobody listens', async () => {
    const { url, close } = await receiver();
    await close();
    await expect(new WebhookNotifier({ url }).notify(NOTICE)).rejects.toMatchObject({ type: 'RegionUnreachable' });
  });
});
