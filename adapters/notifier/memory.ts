import type { Notice, Notifier } from '../../ports/notifier';

/** Keeps notices: for tests and simulation. */
export class MemoryNotifier implements Notifier {
  readonly notices: Notice[] = [];

  async notify(notice: Notice): Promise<void> {
    this.notices.push(notice);
  }
}
