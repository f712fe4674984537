import { MemoryRegistry } from '../../adapters/registry/memory';
import { registryLaws } from './registry';

describe('the memory registry', () => {
  registryLaws(async () => ({ registry: new MemoryRegistry(), repository: 'models/fraud' }));
});
