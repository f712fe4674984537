import { Failure } from '../domain/failures';
import type { Digest, Holder } from '../domain/ids';
import { jsonBytes } from '../domain/json';
import type { ObjectStore } from '../ports/object-store';
import { CLAIMS } from './store-layout';

/** What is claimed: a freight's bytes, or a name that a runtime has loaded. */
type Subject = Digest | `load/${string}`;

const MARKS = { held: 'held.json', released: 'released.json' } as const;

/**
 * Claims are two marks per holder, each an object of its own: `held` and `released`. Who has a `released` mark holds nothing, whatever else
 * is there; that mark is never removed, so a release is final. No write depends on another's content, so the laws hold
 * on every store that shows a finished put to the next read, conditional puts or not (docs/adr/003: loads are claims, too).
 */
export async function claimFreight(store: ObjectStore, freight: Digest, holder: Holder): Promise<void> {
  await claim(store, freight, holder);
}

/** Ends the holder's claim, for good, whether or not it was made. Idempotent. */
export async function releaseFreight(store: ObjectStore, freight: Digest, holder: Holder): Promise<void> {
  await release(store, freight, holder);
}

export async function freightHolders(store: ObjectStore, freight: Digest): Promise<readonly Holder[]> {
  return holdersOf(store, freight);
}

/** Claims a name that a runtime is about to load. @throws `ClaimReleased` (final) */
export async function claimLoad(store: ObjectStore, name: string, holder: Holder): Promise<void> {
  await claim(store, `load/${name}`, holder);
}

export async function releaseLoad(store: ObjectStore, name: string, holder: Holder): Promise<void> {
  await release(store, `load/${name}`, holder);
}

/** Whether the holder, or anyone when none is named, holds the loaded name. */
export async function isLoadHeld(store: ObjectStore, name: string, holder?: Holder): Promise<boolean> {
  const holders = await holdersOf(store, `load/${name}`);
  return holder === undefined ? holders.length > 0 : holders.includes(holder);
}

async function claim(store: ObjectStore, subject: Subject, holder: Holder): Promise<void> {
  await refuseReleased(store, subject, holder);
  await mark(store, subject, holder, 'held');
  try {
    await refuseReleased(store, subject, holder); // released while we claimed: the release wins
  } catch (error) {
    if (error instanceof Failure && error.type === 'ClaimReleased') await store.delete(keyOf(subject, holder, 'held'));
    throw error;
  }
}

async function release(store: ObjectStore, subject: Subject, holder: Holder): Promise<void> {
  await mark(store, subject, holder, 'released');
  await store.delete(keyOf(subject, holder, 'held'));
}

/** Everyone who holds the subject, in order. */
async function holdersOf(store: ObjectStore, subject: Subject): Promise<readonly Holder[]> {
  const prefix = `${CLAIMS}${subject}/`;
  const marks = new Map<string, Set<string>>();
  for await (const { key } of store.list(prefix)) {
    const end = key.lastIndexOf('/');
    const holder = key.slice(prefix.length, end);
    marks.set(holder, (marks.get(holder) ?? new Set()).add(key.slice(end + 1)));
  }
  const holders = [...marks].filter(([, found]) => found.has(MARKS.held) && !found.has(MARKS.released));
  return holders.map(([holder]) => holder as Holder);
}

async function refuseReleased(store: ObjectStore, subject: Subject, holder: Holder): Promise<void> {
  if (!(await store.head(keyOf(subject, holder, 'released')))) return;
  throw new Failure('ClaimReleased', `${holder} has released ${subject} in ${store.address}: it cannot claim it again`);
}

async function mark(store: ObjectStore, subject: Subject, holder: Holder, kind: keyof typeof MARKS): Promise<void> {
  await store.put(keyOf(subject, holder, kind), jsonBytes({ subject, holder, kind }), { kind: 'absent' });
}

function keyOf(subject: Subject, holder: Holder, kind: keyof typeof MARKS): string {
  return `${CLAIMS}${subject}/${holder}/${MARKS[kind]}`;
}
