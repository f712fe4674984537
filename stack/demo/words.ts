import type { EmbeddedStack } from '../embedded';
import type { ServerBinary, Servers } from '../servers';
import type { Report } from './report';

/** Where everything is, which server was chosen and why. */
export function greeting(
  { addresses, layout }: EmbeddedStack,
  { temporal, versitygw, registry }: Servers,
  readyMs: number,
): string {
  const { store, registry: kind } = layout.choices;
  const chosen = (name: string, server: ServerBinary | null) =>
    `${name} ${server?.version} [${server?.source}]: ${server?.why}`;
  const lines = [
    `the stack is ready after ${(readyMs / 1_000).toFixed(1)} s, all on 127.0.0.1 over plain HTTP`,
    `  Temporal   ${addresses.temporal}, its pages ${addresses.temporalUi}`,
    `             ${chosen('dev server', temporal)}`,
    `  stores     one for the hub, one a region`,
    `             ${store === 's3' ? chosen('Versity Gateway', versitygw) : 'directories'}`,
    `  registry   ${addresses.registry}`,
    `             ${kind === 'distribution' ? chosen('distribution', registry) : 'OCI image layout on disk'}`,
    `  api        ${addresses.api}`,
    ...Object.entries(addresses.gateways).map(([region, url]) => `  ${region.padEnd(10)} ${url}  gateway`),
    `  logs       ${layout.logs}`,
  ];
  return lines.join('\n');
}

/** One table for the whole demo. */
export function closingTable({ promotions, steps, traffic }: Report): string {
  const rows = promotions.map(({ version, outcome, reason, durationMs, timeToSafeMs }) =>
    [
      version.padEnd(8),
      String(outcome).padEnd(12),
      (reason?.kind ?? '').padEnd(11),
      `${(durationMs / 1_000).toFixed(1)} s`.padStart(8),
      (timeToSafeMs === null ? '' : `${timeToSafeMs} ms`).padStart(12),
    ].join(' '),
  );
  const ofCanaries = traffic.errors - traffic.errorsOnStable - traffic.errorsWhileDown;
  const failed = steps.filter(({ problems }) => problems.length > 0);
  const verdict =
    failed.length === 0 ? 'every step did what it says' : `NOT SO: step ${failed.map(({ step }) => step).join(', ')}`;
  return [
    '',
    'version  outcome      reason       duration time to safe',
    ...rows,
    '',
    `${traffic.requests} requests, ${traffic.achievedPerSecond} a second of ${traffic.requestedPerSecond} asked for; ${traffic.errors} failed:`,
    `  ${ofCanaries} the canary's, ${traffic.errorsWhileDown} while a part was down, ${traffic.errorsOnStable} on stable`,
    verdict,
  ].join('\n');
}

/** What to try while the stack stays up. */
export function hints({ addresses, people }: EmbeddedStack): string {
  const key = people.find(({ id }) => id === 'ada')?.keyFile ?? '';
  const meridian = 'node dist/cli/main.js';
  return [
    '',
    'the stack stays up until Ctrl-C. In another terminal:',
    `  export MERIDIAN_API=${addresses.api}`,
    `  export MERIDIAN_KEY_FILE=${key}`,
    `  ${meridian} status fraud`,
    `  ${meridian} history fraud`,
    `  ${meridian} explain fraud`,
    `  ${meridian} promote fraud`,
    `  ${meridian} abort fraud --reason "had second thoughts"`,
  ].join('\n');
}
