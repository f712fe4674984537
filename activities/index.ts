import type { ControlPorts, RegionPorts } from '../ports';
import { translateFailures } from './boundary';
import { fencing } from './fence';
import { finalizing } from './finalize';
import { inventory } from './inventory';
import { loading } from './load';
import { lookout } from './lookout';
import { planning } from './plan';
import { pointing } from './pointer';
import { recording } from './record';
import { replication } from './replicate';
import { reservation } from './reserve';
import { routing } from './route';
import { uploading } from './upload';
import { validation } from './validate';
import { watching } from './watch';

/** Every activity a region's worker offers, on queue `region.<id>`; those that need the accelerator run on `region.<id>.gpu`. */
export function createRegionActivities(ports: RegionPorts) {
  return translateFailures({
    ...fencing(ports),
    ...reservation(ports),
    ...replication(ports),
    ...loading(ports),
    ...validation(ports),
    ...routing(ports),
    ...watching(ports),
    ...pointing(ports),
    ...finalizing(ports),
    ...inventory(ports),
  });
}
export type RegionActivities = ReturnType<typeof createRegionActivities>;

/** Every activity of the control side, on queue `control`. */
export function createControlActivities(ports: ControlPorts) {
  return translateFailures({
    ...uploading(ports),
    ...planning(ports),
    ...recording(ports),
    ...lookout(ports),
  });
}
export type ControlActivities = ReturnType<typeof createControlActivities>;
