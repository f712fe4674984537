import { abortToSafe } from './abort-to-safe';
import { breachToSafe } from './breach-to-safe';
import { engineOverhead } from './engine-overhead';
import { gateway } from './gateway-scenario';
import { judge } from './judge';
import type { Scenario } from './scenario';
import { simulation } from './simulation';

export const SCENARIOS: readonly Scenario[] = [breachToSafe, abortToSafe, engineOverhead, gateway, simulation, judge];

/** @throws Error that lists the scenarios when there is none of that name */
export function scenarioOf(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found) return found;
  throw new Error(`no scenario ${name}: there are ${SCENARIOS.map((scenario) => scenario.name).join(', ')}`);
}
