import { emptyRow } from '../../../../domain/route-node';
import { CounterFile } from '../../../../serving/gateway/counter-file';
import { gatewayConfig, MODEL, OLD, temporaryFolder } from '../../../support/gateway';

describe('the file of the counters', () => {
  it('is whole after saves that were asked for at the same time', async () => {
    const { folder, release } = temporaryFolder();
    const events: string[] = [];
    const open = async () =>
      CounterFile.open(
        { ...gatewayConfig(folder), hasRoutes: true },
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

  it('begins anew where the routes do: a generation that comes again is not the one that was counted', async () => {
    const { folder, release } = temporaryFolder();
    const open = async (hasRoutes: boolean) =>
      CounterFile.open(
        { ...gatewayConfig(folder), hasRoutes },
        () => 0,
        () => undefined,
      );
    const file = await open(true);
    const route = { ...emptyRow(MODEL).route, generation: 1, stable: OLD };
    file.counters.begin(route, { digest: OLD, arm: 'stable' }, 1).end('answered');
    await file.close();
    const anew = await open(false);
    anew.counters.begin(route, { digest: OLD, arm: 'stable' }, 1).end('answered');
    expect(anew.counters.read(MODEL).segments).toMatchObject([{ requests: 1 }]);
    await anew.close();
    release();
  });
});
