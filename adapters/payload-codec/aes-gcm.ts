import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** A payload as Temporal carries it; named here by its shape, for adapters know no Temporal. */
export interface CodecPayload {
  metadata?: Record<string, Uint8Array> | null;
  data?: Uint8Array | null;
}

const ENCODING = 'binary/encrypted'; // what Temporal's own samples call it, so that a codec server can tell
const NONCE_BYTES = 12; // NIST SP 800-38D, section 5.2.1.1
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/**
 * Encrypts what workflows and activities say to each other (AES-256-GCM): inputs, results, heartbeats, queries and updates. Workflow ids,
 * task queues and search attributes stay clear. A payload that was written before the key was given is read as it is.
 */
export class AesGcmCodec {
  private readonly key: Buffer;
  private readonly keyId: string;

  /** @param base64Key 32 bytes in base64. @throws TypeError */
  constructor(base64Key: string) {
    this.key = Buffer.from(base64Key, 'base64');
    if (this.key.length !== KEY_BYTES) {
      throw new TypeError(
        `a codec key is ${KEY_BYTES} bytes in base64, found ${this.key.length}: openssl rand -base64 32`,
      );
    }
    this.keyId = createHash('sha256').update(this.key).digest('hex').slice(0, 16);
  }

  async encode(payloads: CodecPayload[]): Promise<CodecPayload[]> {
    return payloads.map((payload) => this.sealed(payload));
  }

  /** @throws Error for a payload of another key, or one that was altered */
  async decode(payloads: CodecPayload[]): Promise<CodecPayload[]> {
    return payloads.map((payload) =>
      textOf(payload.metadata?.encoding) === ENCODING ? this.opened(payload) : payload,
    );
  }

  private sealed({ metadata, data }: CodecPayload): CodecPayload {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce);
    const sealed = Buffer.concat([nonce, cipher.update(packed(metadata, data)), cipher.final(), cipher.getAuthTag()]);
    return {
      metadata: { encoding: Buffer.from(ENCODING), 'encryption-key-id': Buffer.from(this.keyId) },
      data: sealed,
    };
  }

  private opened({ metadata, data }: CodecPayload): CodecPayload {
    const keyId = textOf(metadata?.['encryption-key-id']);
    if (keyId !== this.keyId)
      throw new Error(`a payload was encrypted with key ${keyId}, this process has ${this.keyId}`);
    const sealed = Buffer.from(data ?? []);
    const decipher = createDecipheriv('aes-256-gcm', this.key, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    return unpacked(Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]));
  }
}

/** Length of the metadata's JSON (4 bytes, big-endian), the JSON with base64 values, then the data. */
function packed(metadata: CodecPayload['metadata'], data: CodecPayload['data']): Buffer {
  const fields = Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
  const head = Buffer.from(JSON.stringify(Object.fromEntries(fields)));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, Buffer.from(data ?? [])]);
}

function unpacked(plain: Buffer): CodecPayload {
  const end = 4 + plain.readUInt32BE(0);
  const fields = JSON.parse(plain.subarray(4, end).toString('utf8')) as Record<string, string>;
  const metadata = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, Buffer.from(value, 'base64')]),
  );
  return { metadata, data: plain.subarray(end) };
}

function textOf(bytes: Uint8Array | undefined): string {
  return bytes ? Buffer.from(bytes).toString('utf8') : '';
}
