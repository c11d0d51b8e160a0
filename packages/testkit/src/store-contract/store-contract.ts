import { describe, expect, it } from 'vitest';
import { accessCases } from './access-cases.ts';
import { activityCases } from './activity-cases.ts';
import { aliasCases } from './alias-cases.ts';
import { approvalCases } from './approval-cases.ts';
import { arrivalCases } from './arrival-cases.ts';
import { callbackCases } from './callback-cases.ts';
import { catalogCases } from './catalog-cases.ts';
import { claimCases } from './claim-cases.ts';
import { commitCases } from './commit-cases.ts';
import { connectionCases } from './connection-cases.ts';
import type { StoreContractHandle } from './contract-handle.ts';
import { expressCases } from './express-cases.ts';
import { fidelityCases } from './fidelity-cases.ts';
import { forceCases } from './force-cases.ts';
import { historyCases } from './history-cases.ts';
import { jobStopCases } from './job-stop-cases.ts';
import { limiterCases } from './limiter-cases.ts';
import { nameCases } from './name-cases.ts';
import { raceCases } from './race-cases.ts';
import { mapRunCases } from './map-run-cases.ts';
import { redriveCases } from './redrive-cases.ts';
import { searchCases } from './search-cases.ts';
import { startCases } from './start-cases.ts';
import type { StoreCase } from './store-case.ts';
import { tagCases } from './tag-cases.ts';
import { versionCases } from './version-cases.ts';
import { workerCases } from './worker-cases.ts';

/** The Store port's contract, sentence by sentence. */
export const storeContractCases: readonly StoreCase[] = [
  ...catalogCases,
  ...versionCases,
  ...aliasCases,
  ...tagCases,
  ...startCases,
  ...searchCases,
  ...nameCases,
  ...claimCases,
  ...commitCases,
  ...callbackCases,
  ...activityCases,
  ...workerCases,
  ...historyCases,
  ...fidelityCases,
  ...arrivalCases,
  ...forceCases,
  ...redriveCases,
  ...mapRunCases,
  ...expressCases,
  ...raceCases,
  ...accessCases,
  ...connectionCases,
  ...limiterCases,
  ...jobStopCases,
  ...approvalCases,
];

/**
 * The suite that every Store adapter runs. `open` is called for each case and must answer an empty store: cases look at
 * what the whole store would do next (nextWakeAt, takeDue, releaseLapsed).
 */
export function describeStoreContract(
  name: string,
  open: () => Promise<StoreContractHandle & { close(): Promise<void> }>,
): void {
  describe(`store contract: ${name}`, () => {
    it.each(storeContractCases)('$name', async (contractCase) => {
      const handle = await open();
      try {
        await expect(contractCase.run(handle)).resolves.toBeUndefined();
      } finally {
        await handle.close();
      }
    });
  });
}
