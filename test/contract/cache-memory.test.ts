import { MemoryCache } from '../../adapters/cache/memory';
import { cacheLaws } from './cache';

describe('the memory cache', () => {
  cacheLaws(async (limitBytes) => {
    const cache = new MemoryCache(limitBytes);
    return { cache, bytesOf: async (name, path) => cache.bytesOf(name, path) };
  });
});
