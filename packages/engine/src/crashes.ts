/** So many owners of a run in a row died without a commit: it is not run beside others any more that are no suspects. */
export const SUSPICIOUS_CRASHES = 2;

/** So many, the last of them while it ran alone: it is given up. */
export const MOST_CRASHES = 7;

/** How many suspects of so many crashes may run in one process: each further death says more about who is left. */
const GROUPS: Readonly<Record<number, number>> = { 2: 32, 3: 8 };

/** The most runs that may be in a process together with one of so many crashes, itself among them. */
export function groupSize(crashes: number): number {
  return GROUPS[crashes] ?? 1;
}
