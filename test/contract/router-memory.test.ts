import { MemoryRouterNode } from '../../adapters/router/memory';
import { NODE } from '../support/gateway';
import { routerLaws } from './router';

describe('the memory router node', () => {
  routerLaws(async () => {
    let nowMs = 5_000;
    const node = new MemoryRouterNode(NODE, () => ({ nowMs, wallMs: 1_700_000_000_000 + nowMs }));
    const restart = async () => {
      node.restart();
      return node;
    };
    const pass = async (ms: number) => {
      nowMs += ms;
    };
    return { node, pass, restart };
  });
});
