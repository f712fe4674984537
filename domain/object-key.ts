const MAX_KEY_LENGTH = 1024; // S3: object key names
const MAX_SEGMENT_LENGTH = 255; // the longest file name of common file systems; keys may rest as paths
/** What every store, listing and file system carries unchanged (the minio client 8.0.7 alters `+`, `%` and `'` in listings). */
const SEGMENT = /^[A-Za-z0-9._:-]+$/;

/** Whether a text may name an object: `/`-separated segments of `A-Z a-z 0-9 . _ : -`, none empty, `.` or `..`. Pure. */
export function isObjectKey(text: string): boolean {
  return text.length <= MAX_KEY_LENGTH && text.split('/').every(isSegment);
}

function isSegment(part: string): boolean {
  return SEGMENT.test(part) && part !== '.' && part !== '..' && part.length <= MAX_SEGMENT_LENGTH;
}

/** Refuses a hostile key before it reaches a store. @throws TypeError: keys are made by us, from checked names */
export function checkObjectKey(key: string): string {
  if (!isObjectKey(key)) throw new TypeError(`not an object key: ${JSON.stringify(key)}`);
  return key;
}

/** Refuses what could list outside the store; a prefix may be empty or end in the middle of a segment. @throws TypeError */
export function checkObjectPrefix(prefix: string): string {
  if (prefix !== '' && !isObjectKey(`${prefix}x`))
    throw new TypeError(`not an object prefix: ${JSON.stringify(prefix)}`);
  return prefix;
}
