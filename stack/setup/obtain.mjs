import { chmodSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { download } from './download.mjs';
import { isRunning } from './lock.mjs';
import { binFolder } from './paths.mjs';
import { run } from './run.mjs';

const BUILD_MS = 20 * 60_000; // the largest takes 2.5 min on two cores; beyond this it hangs

/** Where the cache keeps one version of one server: another pin is another file. */
export function cachedPath(name, { version }) {
  return path.join(binFolder(), `${name}@${version}${process.platform === 'win32' ? '.exe' : ''}`);
}

/** Gets the official release for this computer. @throws Error that says why not */
export async function fromRelease(name, server, say) {
  const archive = server.archives[`${process.platform}-${process.arch}`];
  if (!archive) throw new Error(`no release is pinned for ${process.platform}-${process.arch}`);
  const [file, sha256] = archive;
  await install(name, server, async (folder) => {
    const packed = path.join(folder, file);
    await download(server.archives.at + file, packed, sha256, say);
    await run('tar', ['-xzf', packed, '-C', folder]);
    const [binary] = readdirSync(folder, { recursive: true }).filter((entry) => path.basename(entry) === name);
    if (!binary) throw new Error(`${file} holds no ${name}`);
    return path.join(folder, binary);
  });
}

/** Builds it from the module proxy, which checks the sources' digests. @throws Error that says why not */
export async function fromSource(name, server, say) {
  say(`building ${server.version} with go install (1 to 4 minutes, once)`);
  await install(name, server, async (folder) => {
    const env = { GOBIN: folder, CGO_ENABLED: '0' };
    await run('go', ['install', `${server.module}@${server.version}`], { env, timeoutMs: BUILD_MS });
    return path.join(folder, path.basename(server.module));
  });
}

/** Makes the binary aside and moves it in place in one step: an interrupted set-up leaves nothing half done. */
async function install(name, server, make) {
  const bin = binFolder();
  mkdirSync(bin, { recursive: true });
  removeLeftovers(bin);
  const folder = mkdtempSync(path.join(bin, `.making-${process.pid}-`));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    const made = await make(folder);
    chmodSync(made, 0o755);
    renameSync(made, cachedPath(name, server));
  } finally {
    process.off('exit', remove);
    remove();
  }
}

function removeLeftovers(bin) {
  for (const entry of readdirSync(bin)) {
    const owner = /^\.making-(\d+)-/.exec(entry)?.[1];
    if (owner && !isRunning(Number(owner))) rmSync(path.join(bin, entry), { recursive: true, force: true });
  }
}
