import path from 'node:path';
import type { NodeClock } from '../../domain/route-persisted';
import { systemClock } from './clock';
import type { GatewayConfig } from './config';
import { control } from './control';
import { CounterFile, type OnEvent } from './counter-file';
import { Listener } from './listener';
import { stateFolder, StateFile } from './persistence';
import { proxy } from './proxy';
import { RouteTable } from './routes';
import { Upstreams } from './upstreams';

/** A gateway that listens. */
export interface RunningGateway {
  readonly url: string; // for applications
  readonly controlUrl: string;
  /** Stops accepting, lets what is under way end within 10 s, keeps the counters. */
  close(): Promise<void>;
}
interface Options {
  readonly clock?: () => NodeClock;
  readonly onEvent?: OnEvent;
}

/** Starts a gateway node in this process. @throws Error when its state is damaged, not its own, or a port is taken */
export async function startGateway(config: GatewayConfig, options: Options = {}): Promise<RunningGateway> {
  const { clock = systemClock, onEvent = () => {} } = options;
  const onFault = (err: unknown) => onEvent('fault', { error: String(err) });
  await stateFolder(config.stateDir);
  const file = new StateFile(path.join(config.stateDir, 'routes.json'));
  const routes = await RouteTable.open({ node: config.node, file, clock, onFault });
  const saver = await CounterFile.open(
    { ...config, hasRoutes: routes.models().length > 0 },
    () => clock().nowMs,
    onEvent,
  );
  const { counters } = saver;
  const upstreams = new Upstreams(config.upstreams, { timeoutMs: config.timeoutMs, ca: config.upstreamCa });

  const { host, port, controlPort, tls, token } = config;
  const applications = proxy({ ...config, routes, counters, upstreams, onFault });
  const data = await Listener.open({ host, port, tls }, applications);
  const commands = control({ routes, counters, token, onFault });
  const worker = await Listener.open({ host, port: controlPort, tls }, commands).catch(async (err: unknown) => {
    await data.close();
    throw err;
  });

  return {
    url: data.url,
    controlUrl: worker.url,
    close: async () => {
      await Promise.all([data.close(), worker.close()]);
      await upstreams.close();
      await routes.close();
      await saver.close();
    },
  };
}
