import { emptyRow } from '../../../../domain/route-node';
import { CounterFile } from '../../../../serving/gateway/counter-file';
import { gatewayConfig, MODEL, OLD, temporaryFolder } from '../../../support/gateway';

describe('the file of the counters', () => {
  it('is whole after saves that were asked for at the same time', async () => {
    const { folder, release } = temporaryFolder();
    const events: string[] = [];
    const open = async () =>
      CounterFile.open(
        gatewayConfig(folder),
        () => 0,
        (event) => void events.push(event),
      );
    const file = await open();
    const route = { ...emptyRow(MODEL).route, generation: 1, stable: OLD };
    const saves: Promise<void>[] = [];
    for (let request = 0; request < 20; request++) {
      file.counters.begin(route, { digest: OLD, arm: 'stable' }, request).end('answered');
      saves.push(file.close());
    }
    await Promise.all(saves);
    const again = await open();
    expect(again.counters.read(MODEL).segments).toMatchObject([{ requests: 20 }]);
    await again.close();
    expect(events).toEqual([]);
    release();
  });
});
