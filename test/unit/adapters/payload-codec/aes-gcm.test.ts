import { randomBytes } from 'node:crypto';
import { AesGcmCodec } from '../../../../adapters/payload-codec/aes-gcm';

const KEY = randomBytes(32).toString('base64');
const payload = () => ({
  metadata: { encoding: Buffer.from('json/plain') },
  data: Buffer.from('{"weights":"secret"}'),
});

describe('the payload codec', () => {
  it('gives back what it sealed, metadata included', async () => {
    const codec = new AesGcmCodec(KEY);
    const [opened] = await codec.decode(await codec.encode([payload()]));
    expect(Buffer.from(opened?.data ?? []).toString()).toBe('{"weights":"secret"}');
    expect(Buffer.from(opened?.metadata?.encoding ?? []).toString()).toBe('json/plain');
  });

  it('shows nothing of the data, and never the same bytes twice', async () => {
    const codec = new AesGcmCodec(KEY);
    const [one, two] = await codec.encode([payload(), payload()]);
    expect(Buffer.from(one?.data ?? []).includes('secret')).toBe(false);
    expect(Buffer.from(one?.data ?? []).equals(Buffer.from(two?.data ?? []))).toBe(false);
  });

  it('refuses what was altered', async () => {
    const codec = new AesGcmCodec(KEY);
    const [sealed] = await codec.encode([payload()]);
    const data = Buffer.from(sealed?.data ?? []);
    data.writeUInt8(data.readUInt8(20) ^ 1, 20);
    await expect(codec.decode([{ ...sealed, data }])).rejects.toThrow();
  });

  it('names both keys when a payload was sealed with another', async () => {
    const sealed = await new AesGcmCodec(KEY).encode([payload()]);
    const other = new AesGcmCodec(randomBytes(32).toString('base64'));
    await expect(other.decode(sealed)).rejects.toThrow(
      /encrypted with key [0-9a-f]{16}, this process has [0-9a-f]{16}/,
    );
  });

  it('reads what was written before there was a key', async () => {
    await expect(new AesGcmCodec(KEY).decode([payload()])).resolves.toEqual([payload()]);
  });

  it('refuses a key that is not 32 bytes', () => {
    expect(() => new AesGcmCodec('c2hvcnQ=')).toThrow('32 bytes');
  });
});
