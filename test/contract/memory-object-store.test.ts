import { MemoryObjectStore } from '../../adapters/object-store/memory';
import { objectStoreLaws } from './object-store';

describe('the memory object store', () => {
  objectStoreLaws(async () => new MemoryObjectStore());

  it('refuses what does not fit, with the bytes missing', async () => {
    const store = new MemoryObjectStore({ capacityBytes: 10 });
    await store.put('a', new Uint8Array(8));
    await expect(store.put('b', new Uint8Array(5))).rejects.toMatchObject({
      type: 'NotEnoughSpace',
      message: expect.stringMatching(/3 bytes/),
    });
    await expect(store.freeBytes()).resolves.toBe(2);
  });
});
