import { AssertionError } from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import type { StoreContractHandle } from './contract-handle.ts';
import type { StoreCase } from './store-case.ts';
import { storeContractCases } from './store-contract.ts';

/**
 * The name of the first case that the store breaks; null where it keeps the whole contract. Only a failed assertion
 * counts: whatever else is thrown is a fault of the planted bug itself, and thrown on.
 */
export async function findBrokenCase(
  open: () => StoreContractHandle,
  cases: readonly StoreCase[] = storeContractCases,
): Promise<string | null> {
  for (const contractCase of cases) {
    try {
      await contractCase.run(open());
    } catch (error) {
      if (error instanceof AssertionError) return contractCase.name;
      throw new Error(`"${contractCase.name}" could not be run`, { cause: error });
    }
  }
  return null;
}

/** Shows that the contract has teeth: of each store with a planted bug, some case says that it is broken. */
export function describePlantedBugs(
  title: string,
  bugs: Readonly<Record<string, () => StoreContractHandle>>,
  cases: readonly StoreCase[] = storeContractCases,
): void {
  describe(`store contract, planted bugs: ${title}`, () => {
    it.each(Object.entries(bugs))('%s', async (_name, open) => {
      expect(await findBrokenCase(open, cases)).not.toBeNull();
    });
  });
}
