const MAX_PATH_LENGTH = 1024;
const MAX_SEGMENT_LENGTH = 255; // the longest file name of common file systems
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/; // also what reorders text on a screen

/** Why a name may not be a freight's file, as one phrase; undefined when it may. Pure. */
export function problemOfPath(path: string): string | undefined {
  if (path === '') return 'is empty';
  if (CONTROL.test(path)) return 'has control characters';
  if (path.includes('\\')) return 'has a backslash';
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'is absolute';
  const parts = path.split('/');
  if (parts.includes('..')) return 'climbs out of its folder';
  if (parts.includes('.') || parts.includes('')) return 'has an empty or `.` segment';
  if (path.length > MAX_PATH_LENGTH || parts.some((part) => part.length > MAX_SEGMENT_LENGTH)) {
    return `is longer than ${MAX_PATH_LENGTH} characters, or a part of it than ${MAX_SEGMENT_LENGTH}`;
  }
  return undefined;
}

/** Names that cannot lie beside each other: doubles, and a file where another needs a folder. Pure. */
export function problemsOfPaths(paths: readonly string[]): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const path of paths) {
    if (seen.has(path)) problems.push(`the name ${JSON.stringify(path)} occurs twice`);
    seen.add(path);
  }
  for (const path of seen) {
    for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) {
      const folder = path.slice(0, at);
      if (seen.has(folder))
        problems.push(`${JSON.stringify(folder)} is a file and the folder of ${JSON.stringify(path)}`);
    }
  }
  return problems;
}
