import { parseArgs } from 'node:util';

// The demo is told the same by `meridian demo`, in cli/commands/stack.ts; a test holds the two together.
const KINDS = { store: ['filesystem', 's3'], registry: ['layout', 'distribution'] };
const OPTIONS = {
  ...{ store: { type: 'string' }, registry: { type: 'string' }, rate: { type: 'string' } },
  ...{ exit: { type: 'boolean' }, report: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
};

export const HELP = `Usage: npm run demo -- [options]

The whole of meridian in about three minutes, after a set-up: a hub and three
regions as processes on this computer, and seven steps on real parts.

Options:
  --store <kind>     filesystem or s3 (default: s3 where a server can be had)
  --registry <kind>  layout or distribution (default: distribution where it can
                     be had)
  --rate <number>    requests a second for each region (default: 250)
  --exit             end by itself; exit code 0 only if each step did what it
                     says
  --report <file>    write what was measured as JSON
  --json             print one JSON object a line, for machines
  --help             print this

Examples:
  $ npm run demo
  $ npm run demo -- --exit --report report.json
  $ npm run demo -- --store filesystem --registry layout
`;

/** Checks what the demo is given before anything is set up. @throws Error that says what is possible */
export function demoArguments(args) {
  const { values } = parseArgs({ args, options: OPTIONS });
  for (const [name, kinds] of Object.entries(KINDS)) {
    const value = values[name];
    if (value !== undefined && !kinds.includes(value)) throw new Error(`--${name} ${value}: ${kinds.join(' or ')}`);
  }
  const { rate } = values;
  if (rate !== undefined && !(Number(rate) > 0))
    throw new Error(`--rate ${rate}: requests a second for each region, above 0`);
  return values;
}
