import type { Notice, Notifier } from '../../ports/notifier';

/** A notifier under test, and what reached the people it tells. */
export interface NotifierUnderTest {
  readonly notifier: Notifier;
  delivered(): readonly unknown[];
  close(): Promise<void>;
}

export const NOTICE: Notice = {
  at: '2026-03-01T12:00:00.000Z',
  kind: 'stuck',
  model: 'fraud',
  promotion: 'promotion/fraud/3',
  text: 'eu-north could not restore its route: a person is needed – „sofort“.',
  detail: { region: 'eu-north', notUndone: ['restore route'], epoch: 3 },
};

/** The laws of the notifier port. Every adapter's test calls this with a way to make one. */
export function notifierLaws(make: () => Promise<NotifierUnderTest>): void {
  let made: NotifierUnderTest;
  beforeEach(async () => {
    made = await make();
  });
  afterEach(() => made.close());

  it('delivers a notice whole before it answers', async () => {
    await made.notifier.notify(NOTICE);
    expect(made.delivered()).toEqual([NOTICE]);
  });

  it('delivers notices in the order they were given, equal ones too', async () => {
    const later: Notice = { ...NOTICE, kind: 'rolled-back', detail: {} };
    for (const notice of [NOTICE, later, NOTICE]) await made.notifier.notify(notice);
    expect(made.delivered()).toEqual([NOTICE, later, NOTICE]);
  });

  it('leaves the notice as it was given', async () => {
    const given: Notice = structuredClone(NOTICE);
    await made.notifier.notify(given);
    expect(given).toEqual(NOTICE);
  });
}
