import { freePort } from '../../../stack/free-port';

it('gives no port twice, also to those who ask at the same time', async () => {
  const ports: number[] = [];
  while (ports.length < 2_000) ports.push(...(await Promise.all(Array.from({ length: 50 }, freePort))));
  expect(new Set(ports).size).toBe(ports.length);
});
