import { type JobJson, Worker } from 'bullmq';
import type { FetchedJob, HintData } from './held-hints.ts';

/** Fetches jobs whatever lies in them: BullMQ's own throws for data that is no JSON, and would be offered such a job for ever. */
export class HintWorker extends Worker<HintData> {
  protected override createJob(job: JobJson, jobId: string): FetchedJob {
    try {
      return super.createJob(job, jobId);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return super.createJob({ ...job, data: 'null' }, jobId);
    }
  }
}
