import { log } from '@temporalio/workflow';
import type { LineRules } from '../activities/plan';
import type { ModelName } from '../domain/ids';
import { faultOf } from './failures';
import type { LineBook } from './line-book';
import { controlActivities } from './region-activities';

/** What the model's file says of its lane, as it was read last; the roster goes into the book. */
export class InstalledRules {
  now: LineRules | undefined; // undefined: not read yet in this run
  hasNews = true; // something was installed that has not been read
  private readonly control = controlActivities();

  constructor(
    private readonly model: ModelName,
    private readonly book: LineBook,
  ) {}

  /** Reads what is installed. What is not sound changes nothing that was. @returns why it could not be read */
  async read(): Promise<string | undefined> {
    this.hasNews = false;
    try {
      const read = await this.control.loadRules({ model: this.model });
      const isTaken = this.book.takeRoster(read.roster);
      if (!isTaken) log.error('a roster of a lower version is refused', { version: read.roster.version });
      if (isTaken) this.now = read;
      this.now ??= read;
      return undefined;
    } catch (err) {
      const roster = this.book.state.roster ?? { version: 0, actors: [] };
      this.now ??= { onNewDigest: 'queue', freezes: [], keepPrevious: 2, roster };
      return faultOf(err).text;
    }
  }
}
