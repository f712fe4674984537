import { once } from 'node:events';
import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { Listener } from '../../../../serving/gateway/listener';
import { readAll } from '../../../support/gateway-region';

const PATIENCE = { requestMs: 500, checkMs: 20 };

describe('a listener', () => {
  it('cuts off a caller who never ends its request, and not one whose answer takes longer', async () => {
    let answering: ServerResponse | undefined;
    const begin = (req: IncomingMessage, res: ServerResponse) => {
      req.resume().on('end', () => {
        answering = res;
        res.writeHead(200, { 'content-type': 'text/event-stream' }).write('one ');
      });
    };
    const listener = await Listener.open({ host: '127.0.0.1', port: 0, tls: null, patience: PATIENCE }, begin);
    const long = ask(listener.url, { method: 'POST' }).end('whole');
    const [answer] = (await once(long, 'response')) as [IncomingMessage];

    const cutOff = async (beginning: string) => {
      const caller = connect(Number(new URL(listener.url).port), '127.0.0.1');
      let said = '';
      caller.on('data', (piece) => (said += piece.toString())).write(beginning);
      await once(caller, 'close');
      return said;
    };
    const never = ['POST / HTTP/1.1\r\nhost: a\r\n', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nhalf'];
    for (const said of await Promise.all(never.map(cutOff))) expect(said).toMatch(/^HTTP\/1\.1 408 /);

    answering?.end('two');
    await expect(readAll(answer).then(String)).resolves.toBe('one two');
    await listener.close();
  });
});
