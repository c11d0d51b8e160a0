import {
  createWorkerRuntime,
  type EngineContext,
  type IntegrationRegistry,
  type ItemStorage,
  type Quarantine,
  type Readiness,
  storeReadiness,
} from '@everstep/engine';

const READY_MS = 2_000;

/** A worker as its process sees it. */
export interface WorkerService {
  /** Whether the store serves and it holds its lease, so that it takes work; and why not. */
  ready(): Promise<Readiness>;
  /** Takes no new work, and waits for calls in flight at most so long; what is left goes to other workers. */
  drain(timeoutMs: number): Promise<void>;
  /** Resolves once it has nothing in memory. */
  whenIdle(): Promise<void>;
}

export interface WorkerServiceOptions {
  /** Where executions go that may have ended their process. */
  readonly quarantine?: Quarantine;
  /** Runs these executions, and no others. */
  readonly only?: readonly string[];
  /** Where Distributed Maps read datasets and write results. */
  readonly itemStorage?: ItemStorage;
}

/** Takes hints and advances executions until it is drained. */
export async function startWorker(
  context: EngineContext,
  registry: IntegrationRegistry,
  options: WorkerServiceOptions = {},
): Promise<WorkerService> {
  const runtime = createWorkerRuntime(context, { registry, ...options });
  await runtime.start();
  if (options.only === undefined) context.jobStops.work();
  return {
    async ready() {
      const store = await storeReadiness(context.store, READY_MS);
      if (!store.ready) return store;
      const { leaseValid, late, latenessMs } = runtime.status();
      if (!leaseValid) return { ready: false, reason: 'the worker has no lease' };
      if (late) return { ready: false, reason: `the worker is late by ${latenessMs} ms and takes hardly any work` };
      return store;
    },
    async drain(timeoutMs) {
      await runtime.drain(timeoutMs);
      await context.jobStops.close();
    },
    whenIdle: () => runtime.whenIdle(),
  };
}
