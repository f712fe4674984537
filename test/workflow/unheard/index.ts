import type { SignalInput, WorkflowInterceptors } from '@temporalio/workflow';
import { reportSignal, type Report } from '../../../workflows/contract';

/** No promotion hears that a region has ended live, as if the report were still on its way. */
export function interceptors(): WorkflowInterceptors {
  const handleSignal = async (input: SignalInput, next: (input: SignalInput) => Promise<void>) => {
    const [told] = input.args as [Report | undefined];
    if (input.signalName === reportSignal.name && told?.outcome === 'live') return;
    await next(input);
  };
  return { inbound: [{ handleSignal }] };
}
