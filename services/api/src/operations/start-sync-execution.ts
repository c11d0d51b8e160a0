import { epochSeconds, operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const startSyncExecutionRoute = route(
  operations.startSyncExecution,
  async ({ syncExecutions, traceHeader, holdConnection }, { includedData, ...input }) => {
    const trace = traceHeader ?? input.traceHeader;
    holdConnection();
    const ended = await syncExecutions.start({ ...input, ...(trace === undefined ? {} : { traceHeader: trace }) });
    const { startDate, stopDate, billedDurationInMilliseconds, billedMemoryUsedInMB, ...rest } = ended;
    const { input: given, output, error, cause, ...facts } = rest;
    return {
      ...facts,
      startDate: epochSeconds(startDate),
      stopDate: epochSeconds(stopDate),
      ...(includedData === 'METADATA_ONLY'
        ? {}
        : {
            ...(error === undefined ? {} : { error }),
            ...(cause === undefined ? {} : { cause }),
            input: given,
            inputDetails: { included: true },
            ...(output === undefined ? {} : { output }),
            // AWS says this of a failed execution, too.
            outputDetails: { included: true },
          }),
      billingDetails: { billedMemoryUsedInMB, billedDurationInMilliseconds },
    };
  },
);
