import { createHmac } from 'node:crypto';
import { request } from 'undici';
import { Failure } from '../../domain/failures';
import type { Notice, Notifier } from '../../ports/notifier';

/** Carries `sha256=` and the HMAC-SHA256 of the body in hex, under the shared secret: the form that receivers of GitHub's hooks know. */
export const SIGNATURE_HEADER = 'x-meridian-signature';

export interface WebhookOptions {
  readonly url: string;
  readonly secret?: string; // shared with the receiver; absent: no signature
  readonly timeoutMs?: number; // for the whole exchange; default 5,000: a notice is never worth more waiting
}

/** Posts each notice as JSON. Follows no redirect; any 2xx is a delivery; trying again is the caller's. */
export class WebhookNotifier implements Notifier {
  constructor(private readonly options: WebhookOptions) {}

  async notify(notice: Notice): Promise<void> {
    const { url, secret, timeoutMs = 5_000 } = this.options;
    const body = JSON.stringify(notice);
    const signature = secret === undefined ? {} : { [SIGNATURE_HEADER]: signatureOf(body, secret) };
    const headers = { 'content-type': 'application/json', ...signature };
    const answer = await this.exchange({ method: 'POST', headers, body, signal: AbortSignal.timeout(timeoutMs) });
    if (answer.status >= 200 && answer.status < 300) return;
    const words = `${nameOf(url)} answered ${answer.status} to a notice`;
    if (answer.status !== 429)
      throw new Failure('RegionUnreachable', `${words}: see its log, and the configured address`);
    throw new Failure('Throttled', words, { details: { retryAfterMs: answer.retryAfterMs } });
  }

  private async exchange(
    options: Parameters<typeof request>[1],
  ): Promise<{ status: number; retryAfterMs: number | null }> {
    const { url } = this.options;
    try {
      const { statusCode, headers, body } = await request(url, options);
      await body.dump();
      const seconds = Number(headers['retry-after'] ?? NaN);
      return { status: statusCode, retryAfterMs: Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null };
    } catch (cause) {
      throw new Failure('RegionUnreachable', `${nameOf(url)} took no notice: is it up and reachable from here?`, {
        cause,
      });
    }
  }
}

/** The signature of a body, as the receiver computes it too. Pure. */
export function signatureOf(body: string, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** Without user, path and query: hooks of chat services carry their secret there. */
function nameOf(url: string): string {
  return `the webhook at ${new URL(url).origin}`;
}
