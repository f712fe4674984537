import type { Command } from 'commander';
import { freightBytes, MEDIA_TYPES } from '../../domain/freight';
import type { BlobSource, Registry } from '../../ports/registry';
import { CliError, EXIT, usage } from '../exit-codes';
import { readFolder, type FolderFreight, type Named } from '../freight-folder';
import { readText } from '../key-file';
import { leaf, needed, type Run } from '../leaf';
import { PushProgress } from '../push-progress';
import { bytesText } from '../render/quantities';
import type { RegistryChoice, Session } from '../session';

interface Options extends Named {
  readonly repository?: string;
  readonly registry?: string;
  readonly tag?: string;
  readonly username?: string;
  readonly passwordFile?: string;
}

export function pushCommand(run: Run): Command {
  return leaf<Options>(run, {
    name: 'push <folder>',
    summary: 'Push a version folder to the registry as an OCI artifact, and print its digest',
    examples: [
      'meridian push fraud/v7 --registry https://registry.example --tag live',
      'meridian push out/ --model fraud --version v7 --registry ./registry',
    ],
    options: (command) =>
      command
        .option('--model <name>', 'the model (default: what config.json says)')
        .option('--version <name>', 'its version, for people (default: what config.json says)')
        .option('--registry <url or folder>', 'OCI registry, or a folder of image layouts (default: MERIDIAN_REGISTRY)')
        .option('--repository <name>', 'default: models/<model>')
        .option('--tag <tag>', 'default: the version; a tag that the model follows starts a promotion by itself')
        .option('--username <name>', 'at the registry')
        .option('--password-file <file>', 'file with the password of that user'),
    act: (session, [folder], options) => push(session, needed(folder, 'the folder'), options),
  });
}

async function push(session: Session, folder: string, options: Options): Promise<void> {
  const registry = session.surroundings.registryAt(choiceOf(session, options));
  const source = await readFolder(folder, options);
  const { model, version, digest } = source.freight;
  const { repository = `models/${model}`, tag = version } = options;
  const movedBytes = await send(session, registry, repository, source);
  const pushed = await registry.pushManifest(repository, tag, MEDIA_TYPES.manifest, source.manifest);
  if (pushed !== digest) {
    const message = `${registry.address} calls the manifest ${pushed}, its bytes are ${digest}`;
    throw new CliError(EXIT.failed, message, 'the registry rewrote it: use one that keeps bytes', 'DigestMismatch');
  }
  const bytes = freightBytes(source.freight);
  session.print({ digest, repository, tag, bytes, movedBytes }, () => [digest]);
  if (!session.json)
    session.note(`${model} ${version}: ${bytesText(bytes)} as ${repository}:${tag} in ${registry.address}`);
}

/** @returns bytes that went out; what the registry holds already does not */
async function send(session: Session, registry: Registry, repository: string, source: FolderFreight): Promise<number> {
  const { terminal } = session;
  const progress = new PushProgress(terminal, freightBytes(source.freight), () => session.nowMs());
  let moved = 0;
  for (const { path, ...layer } of source.layers) {
    let ofFile = 0;
    const onBytes = (bytes: number) => {
      ofFile += bytes;
      progress.moved(bytes, path);
    };
    await registry.pushBlob(repository, counted(layer, onBytes), terminal.interrupted);
    progress.finished(path, layer.bytes, ofFile);
    moved += ofFile;
  }
  await registry.pushBlob(repository, source.config, terminal.interrupted);
  return moved;
}

function counted({ open, ...blob }: BlobSource, onBytes: (bytes: number) => void): BlobSource {
  async function* read(): AsyncIterable<Uint8Array> {
    for await (const run of open()) {
      onBytes(run.byteLength);
      yield run;
    }
  }
  return { ...blob, open: read };
}

function choiceOf({ terminal }: Session, { registry, username, passwordFile }: Options): RegistryChoice {
  const location = registry ?? (terminal.env.MERIDIAN_REGISTRY || undefined);
  if (location === undefined) throw usage('--registry is missing', 'name it, or set MERIDIAN_REGISTRY');
  if (/^[\w.-]+:\d+(\/|$)/.test(location)) {
    throw usage(
      `${location} may be a registry or a folder`,
      `say http://${location}, https://${location} or ./${location}`,
    );
  }
  if ((username === undefined) !== (passwordFile === undefined))
    throw usage('--username and --password-file go together');
  if (username === undefined || passwordFile === undefined) return { location };
  return { location, credentials: { username, password: readText(passwordFile).trim() } };
}
