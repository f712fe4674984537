import type { Command } from 'commander';
import { examine, type Finding } from '../doctor-checks';
import { EXIT } from '../exit-codes';
import { leaf, type Run } from '../leaf';
import { wrapped, type Paint } from '../render/paint';

export function doctorCommand(run: Run): Command {
  return leaf(run, {
    name: 'doctor',
    summary: 'Look at everything that commands stand on, and say what to do where it is not well',
    examples: ['meridian doctor', 'meridian doctor --api https://meridian.example --json'],
    act: async (session) => {
      const findings = await examine(session);
      const ok = findings.every((finding) => finding.ok);
      if (!ok) session.exitCode = EXIT.failed;
      session.print({ ok, findings }, () => findings.flatMap((finding) => findingLines(finding, session)));
    },
  });
}

const INDENT = ' '.repeat(23); // below the words of a finding

/** One finding: name, ok or not, and what to do. Pure. */
export function findingLines(
  { name, ok, text, remedy }: Finding,
  { width, paint }: { readonly width: number; readonly paint: Paint },
): readonly string[] {
  const [first = '', ...rest] = wrapped(text, width, INDENT);
  const verdict = ok ? paint('good', 'ok'.padEnd(6)) : paint('bad', 'not ok');
  const head = `${name.padEnd(14)} ${verdict}  ${first.trimStart()}`;
  return [
    head,
    ...rest,
    ...(remedy === undefined ? [] : wrapped(remedy, width, INDENT).map((line) => paint('wait', line))),
  ];
}
