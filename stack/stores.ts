import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Client } from 'minio';
import type { StoreKey } from './credentials';
import type { Servers } from './servers';

const run = promisify(execFile);

/** Makes the bucket unless it is there. */
export async function makeBucket(endpoint: string, bucket: string, root: StoreKey): Promise<void> {
  const client = s3(endpoint, root);
  if (!(await client.bucketExists(bucket))) await client.makeBucket(bucket);
}

/** Gives readers of a bucket a user each; they may read it and nothing else. */
export async function addReaders(
  endpoint: string,
  bucket: string,
  root: StoreKey,
  readers: readonly StoreKey[],
  { versitygw }: Servers,
): Promise<void> {
  if (!versitygw) throw new Error('no S3 server to add users to');
  for (const { accessKey, secretKey } of readers) {
    const admin = ['admin', '--endpoint-url', endpoint, 'create-user', '--role', 'user'];
    const env = { ...process.env, ADMIN_ACCESS_KEY: root.accessKey, ADMIN_SECRET_KEY: root.secretKey };
    const created = run(versitygw.path, [...admin, '--access', accessKey, '--secret', secretKey], { env });
    await created.catch(unlessItExists);
  }
  const Principal = { AWS: readers.map(({ accessKey }) => accessKey) };
  const allow = (action: string, resource: string) => ({
    ...{ Effect: 'Allow', Principal, Action: [action], Resource: [`arn:aws:s3:::${resource}`] },
  });
  const Statement = [allow('s3:GetObject', `${bucket}/*`), allow('s3:ListBucket', bucket)];
  await s3(endpoint, root).setBucketPolicy(bucket, JSON.stringify({ Version: '2012-10-17', Statement }));
}

function unlessItExists(err: unknown): void {
  if (!/exist/i.test(String((err as { stderr?: string }).stderr ?? err))) throw err;
}

function s3(endpoint: string, { accessKey, secretKey }: StoreKey): Client {
  const { hostname, port } = new URL(endpoint);
  return new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    accessKey,
    secretKey,
    region: 'us-east-1',
  });
}
