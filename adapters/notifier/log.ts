import type { Notice, Notifier } from '../../ports/notifier';

/** Writes each notice as one structured line: a constant message, the facts as fields. */
export class LogNotifier implements Notifier {
  constructor(private readonly write: (fields: Readonly<Record<string, unknown>>, message: string) => void) {}

  async notify(notice: Notice): Promise<void> {
    this.write({ ...notice }, 'notice');
  }
}
