import { condition, setHandler } from '@temporalio/workflow';
import { abortUpdate, lineQuery, type LineState } from '../../../workflows/contract';

/** A line as far as it says what is under way. */
export async function modelLine(epoch: number): Promise<void> {
  setHandler(lineQuery, () => ({ current: { epoch } }) as LineState);
  await condition(() => false);
}

/** A promotion as far as it takes an abort: it answers with the statement. */
export async function promotion(): Promise<void> {
  setHandler(abortUpdate, ({ statement }) => statement);
  await condition(() => false);
}
