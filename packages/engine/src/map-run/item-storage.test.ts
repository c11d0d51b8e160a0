import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { VirtualClock, World } from '@everstep/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type ChildResult,
  type ItemReadRequest,
  type ItemStorage,
  ItemStorageError,
  type ReadItem,
  type ResultExportRequest,
  type WorkerRuntime,
  createWorkerRuntime,
  loadProgress,
  silentLogger,
  startExecution,
} from '../index.ts';

let open: { clock: VirtualClock; workers: WorkerRuntime[] } | null = null;

afterEach(async () => {
  const { clock, workers } = open ?? { clock: null, workers: [] };
  const stopping = Promise.all(workers.map((worker) => worker.drain(1_000)));
  await clock?.advance(20_000);
  await stopping;
  open = null;
});

/** A dataset of numbers, and what was asked of it. */
class Dataset implements ItemStorage {
  readonly #total: number;
  readonly #failsAt: number;
  readonly reads: ItemReadRequest[] = [];
  readonly exports: ResultExportRequest[] = [];
  readonly exported: ChildResult[] = [];
  /** The next item that anybody has asked for. */
  position = 0;

  constructor(total: number, failsAt = Number.POSITIVE_INFINITY) {
    this.#total = total;
    this.#failsAt = failsAt;
  }

  async *readItems(request: ItemReadRequest): AsyncGenerator<ReadItem> {
    this.reads.push(request);
    for (let item = request.skip; item < this.#total; item++) {
      if (item === this.#failsAt) throw new ItemStorageError('States.ItemReaderFailed', 'the line is torn');
      this.position = item + 1;
      yield { value: String(item), source: 'S3://b/k' };
    }
  }

  exportResults(request: ResultExportRequest) {
    this.exports.push(request);
    return {
      add: async (result: ChildResult) => void this.exported.push(result),
      finish: async () => '{"MapRunArn":"arn"}',
      abort: async () => {},
    };
  }

  async close(): Promise<void> {}
}

const wait = { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 3, End: true } } };
const pass = { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } };

function definition(executionType: string, processor: object, fields: object = {}) {
  return {
    StartAt: 'Map',
    States: {
      Map: {
        Type: 'Map',
        ItemReader: {
          Resource: 'arn:aws:states:::s3:getObject',
          Parameters: { Bucket: 'b', 'Key.$': '$.key' },
          ReaderConfig: { InputType: 'JSONL', MaxItems: 90_000 },
        },
        ItemProcessor: { ...processor, ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: executionType } },
        ResultWriter: { Resource: 'arn:aws:states:::s3:putObject', Parameters: { Bucket: 'out' } },
        End: true,
        ...fields,
      },
    },
  };
}

async function begin(dataset: Dataset, machine: object) {
  const clock = new VirtualClock();
  const store = createMemoryStore({ now: () => clock.now() });
  const world = new World({ store, hints: createLocalQueue({ logger: silentLogger }), clock });
  const workers: WorkerRuntime[] = [];
  open = { clock, workers };
  const startWorker = async (): Promise<WorkerRuntime> => {
    const worker = createWorkerRuntime(world.context, { registry: world.registry, itemStorage: dataset });
    await worker.start();
    workers.push(worker);
    return worker;
  };
  const first = await startWorker();
  const stateMachineArn = await world.createMachine(machine);
  const { executionArn, executionId } = await startExecution(world.context, { stateMachineArn, input: '{"key":"k"}' });
  const progress = async () => {
    const [run] = await store.listMapRuns({ executionId, limit: 1 });
    return run === undefined ? null : loadProgress(run.progress);
  };
  return { world, clock, executionArn, first, startWorker, progress };
}

describe('a Distributed Map over a dataset', () => {
  it('is read as it is needed, and its results are exported in order', async () => {
    const dataset = new Dataset(6_000);
    const { world, clock, executionArn, progress } = await begin(dataset, definition('EXPRESS', pass));
    await clock.advance(5_000);
    expect(await world.output(executionArn)).toEqual({ MapRunArn: 'arn' });
    expect(dataset.reads[0]).toMatchObject({
      ...{ resource: 'arn:aws:states:::s3:getObject', parameters: { Bucket: 'b', Key: 'k' }, skip: 0 },
      readerConfig: { InputType: 'JSONL', MaxItems: 90_000 },
    });
    expect(dataset.exported.map(({ input }) => input)).toEqual(Array.from({ length: 6_000 }, (_, index) => `${index}`));
    expect(dataset.exports[0]).toMatchObject({
      resource: 'arn:aws:states:::s3:putObject',
      parameters: { Bucket: 'out' },
    });
    expect(await progress()).toMatchObject({ items: { total: 6_000, succeeded: 6_000, resultsWritten: 6_000 } });
  });

  it('is not read far ahead of the children that may begin', async () => {
    const dataset = new Dataset(80_000);
    const { clock, progress } = await begin(dataset, definition('EXPRESS', wait, { MaxConcurrency: 10 }));
    await clock.advance(1_000);
    expect((await progress())?.executions).toMatchObject({ running: 10 });
    expect(dataset.position).toBeLessThan(1_100);
  });

  it.each(['STANDARD', 'EXPRESS'])('goes on from where it was on another worker (%s)', async (executionType) => {
    const dataset = new Dataset(200);
    const { world, clock, executionArn, first, startWorker, progress } = await begin(
      dataset,
      definition(executionType, wait, { MaxConcurrency: 20 }),
    );
    await world.startScheduler();
    await clock.advance(10_000);
    const done = (await progress())?.executions.succeeded ?? 0;
    expect(done).toBeGreaterThan(20);
    const leaving = first.drain(1);
    await clock.advance(2_000);
    await leaving;
    await startWorker();
    await clock.advance(90_000);
    expect(await world.status(executionArn)).toBe('SUCCEEDED');
    expect(dataset.reads.at(-1)?.skip).toBeGreaterThanOrEqual(done - 20);
    expect(dataset.exported.map(({ input }) => input)).toEqual(Array.from({ length: 200 }, (_, index) => `${index}`));
  });

  it('fails as the dataset does, with what had begun stopped', async () => {
    const dataset = new Dataset(100, 5);
    const { world, clock, executionArn, progress } = await begin(dataset, definition('STANDARD', wait));
    await clock.advance(20_000);
    const events = await world.history(executionArn);
    expect(events.find(({ type }) => type === 'MapRunFailed')?.mapRunFailedEventDetails).toEqual({
      ...{ error: 'States.ItemReaderFailed', cause: 'the line is torn' },
    });
    const counts = (await progress())?.executions;
    expect((counts?.aborted ?? 0) + (counts?.succeeded ?? 0)).toBe(counts?.total);
    expect(counts?.running).toBe(0);
  });
});
