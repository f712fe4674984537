import { z } from 'zod';
import { Failure } from '../domain/failures';
import { isDigest, isName, type Digest, type ModelName } from '../domain/ids';
import { jsonBytes, jsonObject } from '../domain/json';
import { compareTokens, NO_TOKEN, type Token } from '../domain/token';
import type { ObjectStore } from '../ports/object-store';
import { POINTERS, pointerKey } from './store-layout';

/** Each lost race means that another writer got through; so many in a row are no race but a broken store. */
const MAX_RACES = 100;

/** Which version a region serves, by its own store: what it goes by when the hub is gone. */
export interface Pointer {
  readonly model: ModelName;
  readonly fence: Token; // writes below it are refused
  readonly fencedAtMs: number | null; // when a rollout began with it last, region worker's clock; null: never
  readonly epoch: number; // of the promotion that moved it last; 0: none
  readonly current: Digest | null;
  readonly previous: readonly Digest[]; // newest first
  readonly sinceMs: number | null; // when `current` became so, region worker's clock; null: never moved
}
export type Versions = Pick<Pointer, 'current' | 'previous'>;

const count = z.number().int().nonnegative();
const digest = z.string().refine(isDigest);
const pointerSchema = z.object({
  model: z
    .string()
    .refine(isName)
    .transform((name) => name as ModelName),
  fence: z.object({ epoch: count, seq: count, attempt: count }),
  fencedAtMs: z.number().nullable(),
  epoch: count,
  current: digest.nullable(),
  previous: z.array(digest),
  sinceMs: z.number().nullable(),
});

/** The pointer of a model; one that was never written points to nothing. */
export async function readPointer(store: ObjectStore, model: ModelName): Promise<Pointer> {
  return (await load(store, model)).pointer;
}

/** All pointers of a store. */
export async function readPointers(store: ObjectStore): Promise<readonly Pointer[]> {
  const pointers: Pointer[] = [];
  for await (const { key } of store.list(POINTERS)) {
    const name = key.slice(POINTERS.length).replace(/\.json$/, '');
    if (isName(name)) pointers.push(await readPointer(store, name as ModelName));
  }
  return pointers;
}

/**
 * Raises the fence and returns the pointer as it was found, in one atomic step. Idempotent for its token.
 * @throws `StaleEpoch` { seen }, `Superseded` (final)
 */
export async function fencePointer(
  store: ObjectStore,
  model: ModelName,
  token: Token,
  nowMs: number,
): Promise<Pointer> {
  return change(store, model, token, (found) => ({ ...found, fence: token, fencedAtMs: nowMs }));
}

/**
 * Points to other versions. Idempotent.
 * @param more `staleIsDone`: a newer epoch's pointer is left as it is and returned, for an undo whose effect is no longer there
 * @throws `StaleEpoch` { seen }, `Superseded` (final)
 */
export async function movePointer(
  store: ObjectStore,
  model: ModelName,
  token: Token,
  { current, previous }: Versions,
  nowMs: number,
  { staleIsDone = false }: { readonly staleIsDone?: boolean } = {},
): Promise<Pointer> {
  try {
    return await change(store, model, token, (found) => {
      const sinceMs = found.current === current && found.sinceMs !== null ? found.sinceMs : nowMs;
      return { ...found, fence: token, epoch: token.epoch, current, previous, sinceMs };
    });
  } catch (error) {
    if (staleIsDone && error instanceof Failure && error.type === 'StaleEpoch') return readPointer(store, model);
    throw error;
  }
}

/** Reads, compares the token inside, and puts only over what was read; a lost race reads again. */
async function change(
  store: ObjectStore,
  model: ModelName,
  token: Token,
  next: (found: Pointer) => Pointer,
): Promise<Pointer> {
  for (let race = 0; race < MAX_RACES; race++) {
    const { pointer, etag } = await load(store, model);
    refuseLower(pointer, token, store);
    const condition = etag === undefined ? ({ kind: 'absent' } as const) : ({ kind: 'match', etag } as const);
    const wanted = next(pointer);
    if (await store.put(pointerKey(model), jsonBytes(wanted), condition)) return wanted;
  }
  throw new Failure('StoreUnavailable', `${pointerKey(model)} in ${store.address} changed ${MAX_RACES} times under us`);
}

function refuseLower({ fence, model }: Pointer, token: Token, store: ObjectStore): void {
  if (compareTokens(token, fence) >= 0) return;
  const text = `the pointer of ${model} in ${store.address} has seen epoch ${fence.epoch}, seq ${fence.seq}, attempt ${fence.attempt}`;
  if (token.epoch < fence.epoch) throw new Failure('StaleEpoch', text, { details: { seen: fence.epoch } });
  throw new Failure('Superseded', text);
}

async function load(
  store: ObjectStore,
  model: ModelName,
): Promise<{ readonly pointer: Pointer; readonly etag: string | undefined }> {
  const found = await store.get(pointerKey(model));
  if (!found)
    return {
      pointer: { model, fence: NO_TOKEN, fencedAtMs: null, epoch: 0, current: null, previous: [], sinceMs: null },
      etag: undefined,
    };
  const { data } = pointerSchema.safeParse(jsonObject(found.body));
  if (data && data.model === model) return { pointer: data, etag: found.head.etag };
  throw new Failure('Unsupported', `${pointerKey(model)} in ${store.address} is damaged: restore it from a backup`);
}
