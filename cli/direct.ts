/** Aborts a promotion over Temporal itself, for when the api is down; a process of its own (see `direct-abort.ts`). */
import { Client, Connection, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { readFileSync } from 'node:fs';
import { CliError, EXIT, notFound, type ExitCode } from './exit-codes';
import { readKeyFile } from './key-file';
import { promotionId, signed } from './statements';
import { temporalConverter } from './wiring';
import { abortUpdate, lineId, lineQuery } from '../workflows/contract';
import { parseModelName } from '../domain/ids';

export interface DirectRequest {
  readonly model: string;
  readonly epoch: number | null; // null: the promotion under way
  readonly reason: string | null;
  readonly keyFile: string;
  readonly address: string;
  readonly namespace: string;
}
export type DirectAnswer =
  | { readonly promotion: string; readonly answer: string }
  | { readonly exitCode: ExitCode; readonly message: string; readonly remedy?: string };

const CONNECT_MS = 3_000;
const QUERY_MS = 5_000;
/** An abort answers when every region is on its way back, which waits for no region that cannot be reached. */
const UPDATE_MS = 60_000;

async function abort({ model, epoch, reason, keyFile, address, namespace }: DirectRequest): Promise<DirectAnswer> {
  const key = readKeyFile(keyFile);
  const connection = await connect(address);
  const client = new Client({ connection, namespace, ...temporalConverter(process.env.MERIDIAN_CODEC_KEY_FILE) });
  try {
    const promotion = promotionId(model, epoch ?? (await currentEpoch(client, connection, model)));
    const said = { verb: 'abort', promotion, ...(reason !== null && { reason }) } as const;
    const statement = signed(key, said, Date.now());
    const update = () => client.workflow.getHandle(promotion).executeUpdate(abortUpdate, { args: [{ statement }] });
    return { promotion, answer: await connection.withDeadline(Date.now() + UPDATE_MS, update) };
  } finally {
    await connection.close();
  }
}

async function currentEpoch(client: Client, connection: Connection, model: string): Promise<number> {
  const ask = () => client.workflow.getHandle(lineId(parseModelName(model))).query(lineQuery);
  const { current } = await connection.withDeadline(Date.now() + QUERY_MS, ask);
  if (current) return current.epoch;
  throw notFound(`${model} has no promotion under way`, 'name one with --epoch N');
}

async function connect(address: string): Promise<Connection> {
  const { TEMPORAL_TLS_CA_FILE: ca, TEMPORAL_TLS_CERT_FILE: cert, TEMPORAL_TLS_KEY_FILE: key } = process.env;
  const pair = cert && key ? { clientCertPair: { crt: readFileSync(cert), key: readFileSync(key) } } : {};
  const tls = ca || cert ? { tls: { ...(ca && { serverRootCACertificate: readFileSync(ca) }), ...pair } } : {};
  return Connection.connect({ address, connectTimeout: CONNECT_MS, ...tls }).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    const remedy = 'check that it runs there, or name another with --temporal or TEMPORAL_ADDRESS';
    throw new CliError(EXIT.unreachable, `Temporal at ${address} does not answer (${why})`, remedy);
  });
}

function failureOf(error: unknown): DirectAnswer {
  if (error instanceof CliError) {
    const { exitCode, message, remedy } = error;
    return { exitCode, message, ...(remedy !== undefined && { remedy }) };
  }
  if (error instanceof WorkflowNotFoundError) {
    return { exitCode: EXIT.notFound, message: `there is no ${error.workflowId}, or it has ended` };
  }
  if (error instanceof WorkflowUpdateFailedError) {
    return { exitCode: EXIT.refused, message: error.cause?.message ?? error.message };
  }
  const message = error instanceof Error ? error.message : String(error);
  const remedy = 'what was asked may still be done; check that the control worker runs';
  return { exitCode: EXIT.unanswered, message: `Temporal took it and has not answered: ${message}`, remedy };
}

async function main(): Promise<void> {
  const request = JSON.parse(process.argv[2] ?? '{}') as DirectRequest;
  const answer = await abort(request).catch(failureOf);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

if (require.main === module) void main();
