import { Failure } from '../../domain/failures';
import type { CacheFile } from '../../ports/cache';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/; // one folder: no separator, no leading dot
const SEGMENT = /^(?!\.{1,2}$)[^/\\\0]{1,255}$/;

/**
 * The paths of a version's files, none of which leaves the version's folder or hides another.
 * @throws `InvalidFreight` (final) naming the path
 */
export function checkedPaths(name: string, files: readonly Pick<CacheFile, 'path'>[]): readonly string[] {
  if (!NAME.test(name)) throw new Failure('InvalidFreight', `${JSON.stringify(name)} is no name of a served version`);
  const paths = files.map((file) => file.path);
  const taken = new Set<string>();
  for (const path of paths) {
    const segments = path.split('/');
    const isSafe = segments.every((segment) => SEGMENT.test(segment));
    if (!isSafe || taken.has(path)) {
      const what = isSafe ? 'is there twice' : 'leaves its folder or is no relative path';
      throw new Failure('InvalidFreight', `file ${JSON.stringify(path)} of ${name} ${what}`);
    }
    taken.add(path);
  }
  for (const path of paths) {
    const folders = path.split('/').slice(0, -1);
    const hidden = folders.map((_, i) => folders.slice(0, i + 1).join('/')).find((folder) => taken.has(folder));
    if (hidden) throw new Failure('InvalidFreight', `${JSON.stringify(hidden)} of ${name} is a file and a folder`);
  }
  return paths;
}
