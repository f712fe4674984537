import { makeApi } from './fakes';

describe('the api', () => {
  it('does not wait for ever for a caller who never ends its request', async () => {
    const { app } = makeApi();
    expect(app.server.requestTimeout).toBeGreaterThan(0); // fastify's own default is none
    expect(app.server.headersTimeout).toBeGreaterThan(0);
    expect(app.server.timeout).toBe(0); // events are streamed for as long as they come
    await app.close();
  });
});
