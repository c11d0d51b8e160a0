import type { Job } from 'bullmq';

/** One id, or several. */
export type HintData = string | string[];
export type FetchedJob = Job<HintData>;

/** The jobs that one queue's loop has fetched and not handed over to their last hint. */
export class HeldHints {
  #jobs: Array<{ readonly job: FetchedJob; readonly executionIds: string[] }> = [];
  #usual = 1;

  /** How many hints wait. */
  get size(): number {
    return this.#jobs.reduce((sum, { executionIds }) => sum + executionIds.length, 0);
  }

  /** How many hints a job has had lately. */
  get usualPerJob(): number {
    return this.#usual;
  }

  add(job: FetchedJob, executionIds: string[]): void {
    this.#usual = Math.max(1, (this.#usual + executionIds.length) / 2);
    this.#jobs.push({ job, executionIds });
  }

  /** So many hints at most, each once, and the jobs that hold no further ones. */
  take(most: number): { readonly executionIds: string[]; readonly emptied: FetchedJob[] } {
    const executionIds = new Set<string>();
    for (const { executionIds: rest } of this.#jobs) {
      for (const id of rest.splice(0, most - executionIds.size)) executionIds.add(id);
    }
    const emptied = this.#jobs.filter((held) => held.executionIds.length === 0).map(({ job }) => job);
    this.#jobs = this.#jobs.filter((held) => held.executionIds.length > 0);
    return { executionIds: [...executionIds], emptied };
  }

  /** Gives up everything. */
  takeJobs(): FetchedJob[] {
    return this.#jobs.splice(0).map(({ job }) => job);
  }
}
