import { createWorkerRuntime, type EngineContext, type IntegrationRegistry } from '@everstep/engine';

/** A worker as its process sees it. */
export interface WorkerService {
  /** Whether it holds its lease, so that it takes work. */
  ready(): Promise<boolean>;
  /** Takes no new work, and waits for calls in flight at most so long; what is left goes to other workers. */
  drain(timeoutMs: number): Promise<void>;
}

/** Takes hints and advances executions until it is drained. */
export async function startWorker(context: EngineContext, registry: IntegrationRegistry): Promise<WorkerService> {
  const runtime = createWorkerRuntime(context, { registry });
  await runtime.start();
  return {
    ready: async () => runtime.status().leaseValid,
    drain: (timeoutMs) => runtime.drain(timeoutMs),
  };
}
