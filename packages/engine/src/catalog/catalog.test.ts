import { CHECKPOINT_FORMAT } from '@everstep/language';
import { createMemoryStore } from '@everstep/store-memory';
import { beforeEach, describe, expect, it } from 'vitest';
import { type EngineContext, DEFAULT_SETTINGS, createEngineContext } from '../context.ts';
import type { HintQueue } from '../ports/hint-queue.ts';
import { silentLogger } from '../ports/logger.ts';
import { createActivity } from './create-activity.ts';
import { type CreateStateMachineRequest, createStateMachine } from './create-state-machine.ts';
import { deleteActivity } from './delete-activity.ts';
import { deleteStateMachine } from './delete-state-machine.ts';
import { finishDeletions } from './finish-deletions.ts';
import { type UpdateStateMachineRequest, updateStateMachine } from './update-state-machine.ts';

const DEFINITION = JSON.stringify({ StartAt: 'Done', States: { Done: { Type: 'Succeed' } } });
const OTHER = JSON.stringify({ StartAt: 'Done', States: { Done: { Type: 'Pass', End: true } } });
const ROLE = 'arn:aws:iam::123456789012:role/run';
const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:orders';
const LOG_GROUP = { cloudWatchLogsLogGroup: { logGroupArn: 'arn:aws:logs:us-east-1:123456789012:log-group:g:*' } };

const quietQueue: HintQueue = {
  send() {},
  sendToWorker() {},
  announce() {},
  consume: async () => ({ close: async () => {} }),
  listen: async () => ({ close: async () => {} }),
  health: async () => ({ healthy: true }),
  close: async () => {},
};

let context: EngineContext;
let now: number;

beforeEach(() => {
  now = 1_700_000_000_000;
  const clock = { now: () => now, at: () => () => {}, sleep: async () => {} };
  context = createEngineContext({
    store: createMemoryStore({ now: () => now }),
    hints: quietQueue,
    clock,
    logger: silentLogger,
    settings: DEFAULT_SETTINGS,
  });
});

const create = async (change: Partial<CreateStateMachineRequest> = {}) => {
  const request = { name: 'orders', definition: DEFINITION, roleArn: ROLE, ...change };
  return (await createStateMachine(context, request)).stateMachine;
};

const update = async (request: Omit<UpdateStateMachineRequest, 'stateMachineArn'>) =>
  (await updateStateMachine(context, { stateMachineArn: MACHINE, ...request })).revision;

const refused = (code: string, message?: string) =>
  expect.objectContaining(message === undefined ? { code } : { code, message });

/** Starts an execution the way the store is told to, without an interpreter. */
async function startRow(executionId: string): Promise<void> {
  const [outcome] = await context.store.startExecutions([
    {
      executionId,
      executionArn: `arn:aws:states:us-east-1:123456789012:execution:orders:${executionId}`,
      name: executionId,
      stateMachineArn: MACHINE,
      revisionId: 'r',
      input: '{}',
      startDate: now,
      traceHeader: null,
      parent: null,
      checkpoint: '{}',
      format: CHECKPOINT_FORMAT,
      activation: '{}',
      graceMs: 1_000,
    },
  ]);
  expect(outcome).toMatchObject({ kind: 'started' });
}

/** Ends one by force, as stopping does. */
async function endRow(_context: EngineContext, request: { executionArn: string }): Promise<void> {
  const execution = await context.store.findExecutionByArn(request.executionArn);
  if (execution === null) throw new Error('no such execution');
  await context.store.force(execution.executionId, (run) => ({
    executionId: run.execution.executionId,
    epoch: run.epoch,
    consumed: run.inbox.at(-1)?.number ?? run.consumed,
    checkpoint: run.checkpoint,
    format: run.format,
    frames: { written: [], deleted: [] },
    history: null,
    tokens: { opened: [], closed: [] },
    arrivals: [],
    then: { kind: 'end', status: 'ABORTED', stopDate: now, output: null, error: null, cause: null, reusableAt: now },
  }));
}

describe('creating a state machine', () => {
  it('answers the one that is there when asked the same again, whatever the role', async () => {
    const first = await create();
    now += 5_000;
    const second = await create({ roleArn: 'arn:aws:iam::123456789012:role/other', type: 'STANDARD' });
    expect(second).toEqual(first);
    expect(second.revision.roleArn).toBe(ROLE);
    expect(second.createdAt).toBe(1_700_000_000_000);
  });

  it('counts defaults as said', async () => {
    await create();
    await expect(
      create({
        loggingConfiguration: { level: 'OFF' },
        tracingConfiguration: {},
        encryptionConfiguration: { type: 'AWS_OWNED_KEY' },
      }),
    ).resolves.toMatchObject({ stateMachineArn: MACHINE });
  });

  it.each<[string, Partial<CreateStateMachineRequest>]>([
    ['definition', { definition: OTHER }],
    ['type', { type: 'EXPRESS' }],
    ['logging', { loggingConfiguration: { level: 'ALL', destinations: [LOG_GROUP] } }],
    ['tracing', { tracingConfiguration: { enabled: true } }],
    ['publication', { publish: true }],
  ])('refuses another %s under the same name', async (_what, change) => {
    await create();
    await expect(create(change)).rejects.toEqual(
      refused('StateMachineAlreadyExists', `State Machine Already Exists: '${MACHINE}'`),
    );
  });

  it('counts the version it published, and how that was described', async () => {
    await create({ publish: true, versionDescription: 'first' });
    await expect(create({ publish: true, versionDescription: 'first', tags: [{ key: 'k' }] })).resolves.toBeDefined();
    for (const change of [{}, { publish: true }, { publish: true, versionDescription: 'second' }]) {
      await expect(create(change)).rejects.toEqual(refused('StateMachineAlreadyExists'));
    }
    expect(await context.store.listTags(MACHINE)).toEqual([]);
  });

  it('refuses a definition and names every problem', async () => {
    const definition = JSON.stringify({
      StartAt: 'Nowhere',
      States: { A: { Type: 'Pass' }, B: { Type: 'Unknown', End: true } },
    });
    const failure = await create({ definition }).catch((error: unknown) => error);
    expect(failure).toEqual(refused('InvalidDefinition'));
    const { message } = failure instanceof Error ? failure : new Error();
    expect(message).toContain('Invalid State Machine Definition:');
    expect(message).toContain('/StartAt');
    expect(message).toContain('/States/A');
    expect(message).toContain('/States/B/Type');
  });

  it.each<[string, Partial<CreateStateMachineRequest>]>([
    ['InvalidName', { name: 'two words' }],
    ['InvalidDefinition', { definition: '{' }],
    ['InvalidDefinition', { definition: '['.repeat(100_000) }],
    ['InvalidLoggingConfiguration', { loggingConfiguration: { level: 'ALL' } }],
    ['InvalidLoggingConfiguration', { loggingConfiguration: { level: 'ALL', destinations: [LOG_GROUP, LOG_GROUP] } }],
    ['InvalidLoggingConfiguration', { loggingConfiguration: { destinations: [LOG_GROUP, LOG_GROUP] } }],
    ['InvalidEncryptionConfiguration', { encryptionConfiguration: { type: 'CUSTOMER_MANAGED_KMS_KEY' } }],
    [
      'KmsAccessDeniedException',
      { encryptionConfiguration: { type: 'CUSTOMER_MANAGED_KMS_KEY', kmsKeyId: 'alias/none' } },
    ],
  ])('answers %s', async (code, change) => {
    await expect(create(change)).rejects.toEqual(refused(code));
    expect(await context.store.listStateMachines({ ...DEFAULT_SETTINGS, limit: 10 })).toEqual([]);
  });

  it('is refused while the old one is being deleted', async () => {
    await create();
    await context.store.markStateMachineDeleting(MACHINE);
    await expect(create()).rejects.toEqual(refused('StateMachineDeleting'));
  });
});

describe('updating a state machine', () => {
  it('makes a new revision of what it names and keeps the rest', async () => {
    const created = await create({ loggingConfiguration: { level: 'ALL', destinations: [LOG_GROUP] } });
    now += 1_000;
    const revision = await update({ definition: OTHER });
    expect(revision).toMatchObject({ definition: OTHER, roleArn: ROLE, createdAt: now });
    expect(revision.revisionId).not.toBe(created.revision.revisionId);
    expect(revision.configuration).toBe(created.revision.configuration);
    const silenced = await update({
      loggingConfiguration: { level: 'OFF' },
    });
    expect(JSON.parse(silenced.configuration)).toMatchObject({
      loggingConfiguration: { level: 'OFF', includeExecutionData: false },
      tracingConfiguration: { enabled: false },
    });
    expect(silenced.definition).toBe(OTHER);
    expect((await context.store.findRevision(created.revision.revisionId))?.definition).toBe(DEFINITION);
  });

  it('keeps the revision when nothing changes', async () => {
    await create();
    const first = await update({ definition: OTHER });
    now += 1_000;
    const again = await update({ definition: OTHER, roleArn: ROLE });
    expect(again).toEqual(first);
  });

  it('refuses unknown machines, ones being deleted, and bad definitions', async () => {
    await expect(update({ roleArn: ROLE })).rejects.toEqual(
      refused('StateMachineDoesNotExist', `State Machine Does Not Exist: '${MACHINE}'`),
    );
    await create();
    await expect(update({ definition: '{}' })).rejects.toEqual(refused('InvalidDefinition'));
    await expect(update({ loggingConfiguration: { level: 'ERROR' } })).rejects.toEqual(
      refused('InvalidLoggingConfiguration'),
    );
    await context.store.markStateMachineDeleting(MACHINE);
    await expect(update({ roleArn: ROLE })).rejects.toEqual(refused('StateMachineDeleting'));
  });
});

describe('deleting a state machine', () => {
  it('succeeds for one that does not exist', async () => {
    await expect(deleteStateMachine(context, { stateMachineArn: MACHINE }, endRow)).resolves.toBeUndefined();
  });

  it('stops what is open and removes the machine', async () => {
    await create();
    await startRow('a');
    await startRow('b');
    await deleteStateMachine(context, { stateMachineArn: MACHINE }, endRow);
    expect(await context.store.findStateMachine(MACHINE)).toBeNull();
    expect(await context.store.findExecution('a')).toMatchObject({ status: 'ABORTED' });
  });

  it('leaves many open executions to the duty, in bounded batches', async () => {
    await create();
    for (let index = 0; index < 50; index++) await startRow(`run-${index}`);
    await deleteStateMachine(context, { stateMachineArn: MACHINE }, endRow);
    expect(await context.store.findStateMachine(MACHINE)).toMatchObject({ status: 'DELETING' });
    expect(await context.store.listOpenExecutionIds(MACHINE, 100)).toHaveLength(30);
    expect(await finishDeletions(context, 25, endRow)).toEqual({ stopped: 25, purged: 0 });
    expect(await finishDeletions(context, 25, endRow)).toEqual({ stopped: 5, purged: 1 });
    expect(await context.store.findStateMachine(MACHINE)).toBeNull();
    expect(await finishDeletions(context, 25, endRow)).toEqual({ stopped: 0, purged: 0 });
  });

  it('goes on when one execution cannot be stopped, and keeps the machine for it', async () => {
    await create();
    await startRow('stubborn');
    await startRow('easy');
    const stop = async (engine: EngineContext, request: { executionArn: string }): Promise<void> => {
      if (request.executionArn.endsWith('stubborn')) throw new Error('not now');
      await endRow(engine, request);
    };
    await deleteStateMachine(context, { stateMachineArn: MACHINE }, stop);
    expect(await context.store.listOpenExecutionIds(MACHINE, 10)).toEqual(['stubborn']);
    expect(await finishDeletions(context, 10, endRow)).toEqual({ stopped: 1, purged: 1 });
  });

  it('is acknowledged once the mark is made, even if the store then goes away', async () => {
    await create();
    const { store } = context;
    const failing: EngineContext = {
      ...context,
      store: { ...store, listOpenExecutionIds: () => Promise.reject(new Error('away')) },
    };
    await expect(deleteStateMachine(failing, { stateMachineArn: MACHINE }, endRow)).resolves.toBeUndefined();
    expect(await store.findStateMachine(MACHINE)).toMatchObject({ status: 'DELETING' });
  });
});

describe('activities', () => {
  it('are created once and deleted without complaint', async () => {
    const first = await createActivity(context, { name: 'pack' });
    now += 1_000;
    expect(await createActivity(context, { name: 'pack' })).toEqual(first);
    expect(first.activityArn).toBe('arn:aws:states:us-east-1:123456789012:activity:pack');
    await deleteActivity(context, first);
    await deleteActivity(context, first);
    expect(await context.store.findActivity(first.activityArn)).toBeNull();
  });

  it('are refused with a bad name or an own key', async () => {
    await expect(createActivity(context, { name: 'a:b' })).rejects.toEqual(refused('InvalidName'));
    await expect(
      createActivity(context, { name: 'a', encryptionConfiguration: { type: 'CUSTOMER_MANAGED_KMS_KEY' } }),
    ).rejects.toEqual(refused('InvalidEncryptionConfiguration'));
  });
});
