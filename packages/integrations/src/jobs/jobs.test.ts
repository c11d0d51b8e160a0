import type { JobOutcome, TaskOutcome } from '@everstep/engine';
import type { Json } from '@everstep/language';
import { FaultyServer, type SeenRequest, type ServerAnswer, contractRequest } from '@everstep/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SdkCaller } from '../aws-sdk/sdk-caller.ts';
import { createJobServiceIntegration } from './job-services.ts';
import { JOBS } from './job-table.ts';
import { SAMPLES, type JobSample } from './testing/job-samples.ts';

process.env['AWS_ACCESS_KEY_ID'] ??= 'test';
process.env['AWS_SECRET_ACCESS_KEY'] ??= 'test';

let server: FaultyServer;
beforeAll(async () => {
  server = await FaultyServer.start();
});
afterAll(() => server.close());

const json = (body: object, status = 200): ServerAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** The operation of a request, whichever of AWS's JSON protocols it comes in. */
function operationOf({ method, path, headers }: SeenRequest): string {
  const target = headers['x-amz-target'];
  return typeof target === 'string' ? (target.split('.').at(-1) ?? '') : `${method} ${path.split('?')[0]}`;
}

async function withService<Result>(
  resource: string,
  use: (integration: NonNullable<ReturnType<typeof createJobServiceIntegration>>) => Promise<Result>,
): Promise<Result> {
  const caller = new SdkCaller({ region: 'us-east-1', environment: {}, endpoint: server.url, callTimeoutMs: 20_000 });
  const [service = '', operation = ''] = resource.split(':');
  const integration = createJobServiceIntegration(caller, service, operation);
  try {
    if (integration === null) throw new Error(`${resource} is not known`);
    return await use(integration);
  } finally {
    await caller.close();
  }
}

function started(sample: JobSample): Promise<TaskOutcome> {
  server.behave(json(sample.started));
  const request = contractRequest(sample.resource, sample.parameters, { pattern: 'sync' });
  return withService(sample.resource, (integration) => integration.perform(request));
}

function asked(sample: Pick<JobSample, 'resource' | 'parameters'>, job: Json, answer: ServerAnswer, times = 1) {
  server.behave(answer);
  const request = { ...contractRequest(sample.resource, sample.parameters, { pattern: 'sync' }), job, asked: times };
  return withService(
    sample.resource,
    async (integration): Promise<JobOutcome | undefined> => integration.poll?.(request),
  );
}

async function stopped(sample: JobSample, answer: ServerAnswer): Promise<void> {
  server.behave(answer);
  const request = { ...contractRequest(sample.resource, sample.parameters), job: sample.job, asked: 0 };
  await withService(sample.resource, async (integration) => integration.stop?.(request));
}

const ON_EKS = [
  {
    resource: 'emr-containers:startJobRun',
    answer: { Id: 'i', VirtualClusterId: 'v' },
    ends: { member: 'JobRun', well: 'COMPLETED', badly: 'CANCELLED' },
  },
  {
    resource: 'emr-containers:deleteVirtualCluster',
    answer: { Id: 'v' },
    ends: { member: 'VirtualCluster', well: 'TERMINATED', badly: 'ARRESTED' },
  },
];

describe('jobs that are waited for', () => {
  it('are those of the table, each with a sample', () => {
    const known = [...SAMPLES.map(({ resource }) => resource), ...ON_EKS.map(({ resource }) => resource)];
    expect(known.toSorted()).toEqual([...JOBS.keys()].toSorted());
  });

  // Clients that describe themselves in the older way cannot be called.
  it.each(ON_EKS)('$resource.sync is known, and ends, as its description says', ({ resource, answer, ends }) => {
    const job = JOBS.get(resource);
    expect(job?.identify(answer, answer)).toEqual(answer);
    expect(job?.read({ [ends.member]: { State: 'RUNNING' } }, 1)).toEqual({ type: 'running' });
    expect(job?.read({ [ends.member]: { State: ends.well } }, 1)).toMatchObject({ type: 'succeeded' });
    expect(job?.read({ [ends.member]: { State: ends.badly } }, 1)).toMatchObject({ type: 'failed' });
  });

  describe.each(SAMPLES.map((sample) => [sample.resource, sample] as const))('%s.sync', (_resource, sample) => {
    it('is known by what its start says', async () => {
      const outcome = await started(sample);
      expect(outcome, JSON.stringify(outcome)).toMatchObject({ type: 'submitted', job: sample.job });
    });

    it('runs until its description says that it has ended', async () => {
      for (const running of sample.running) {
        const outcome = await asked(sample, sample.job, json(running));
        expect(outcome).toEqual({ type: 'running' });
        expect(server.seen.map(operationOf)).toEqual([sample.describe]);
      }
      expect(await asked(sample, sample.job, sample.succeeded.answer)).toEqual({
        type: 'succeeded',
        output: sample.succeeded.output,
      });
      for (const answer of sample.failed) {
        const outcome = await asked(sample, sample.job, json(answer));
        expect(outcome).toMatchObject({ type: 'failed', error: 'States.TaskFailed' });
        expect(outcome?.type === 'failed' && JSON.parse(outcome.cause)).toBeTypeOf('object');
      }
    });

    it('is stopped where AWS stops it', async () => {
      await stopped(sample, json({}));
      expect(server.seen.map(operationOf)).toEqual(sample.stop === null ? [] : [sample.stop.operation]);
      const body: unknown = JSON.parse(server.seen[0]?.body || '{}');
      expect(body).toMatchObject(sample.stop?.body ?? {});
    });
  });
});

describe('a job whose service has troubles', () => {
  const glue = { resource: 'glue:startJobRun', parameters: { JobName: 'nightly' } };
  const job = { JobName: 'nightly', RunId: 'jr_1' };
  const refused = (code: string, status = 400) => json({ __type: code, message: 'no' }, status);

  it('is still running, for all that one knows, while the service throttles, is out of order or away', async () => {
    for (const answer of [refused('ThrottlingException'), refused('TooManyRequestsException', 429)]) {
      expect(await asked(glue, job, answer)).toMatchObject({ type: 'running', trouble: expect.stringContaining('no') });
    }
    expect(await asked(glue, job, { status: 503, body: 'busy' })).toMatchObject({ type: 'running' });
    const cut = await withService(glue.resource, async (integration) => {
      server.behave((_request, response) => {
        response.destroy();
      });
      return integration.poll?.({ ...contractRequest(glue.resource, glue.parameters), job, asked: 1 });
    });
    expect(cut).toMatchObject({ type: 'running', trouble: expect.stringContaining('Unable to execute HTTP request') });
    expect(await asked(glue, job, json({ JobRun: {} }))).toMatchObject({ type: 'running' });
  });

  it('fails where nobody may ask for it, or it is not there', async () => {
    expect(await asked(glue, job, refused('AccessDeniedException'))).toMatchObject({
      type: 'failed',
      error: 'Glue.AccessDeniedException',
    });
    expect(await asked(glue, job, refused('EntityNotFoundException'))).toMatchObject({
      type: 'failed',
      error: 'Glue.EntityNotFoundException',
      cause: expect.stringContaining('Service: AWSGlue; Status Code: 400'),
    });
  });

  it('is stopped again later where the service throttles, and not where it has ended already', async () => {
    const sample = SAMPLES.find(({ resource }) => resource === 'glue:startJobRun');
    if (sample === undefined) throw new Error('no sample');
    await expect(stopped(sample, refused('ThrottlingException'))).rejects.toThrow('ThrottlingException');
    await stopped(sample, refused('InvalidInputException'));
  });
});

describe('ecs:runTask.sync', () => {
  const ecs = { resource: 'ecs:runTask', parameters: { TaskDefinition: 'resize', Cluster: 'c' } };
  const job = { Cluster: 'c', Tasks: ['arn:1'] };

  it('fails at once where nothing was started, with the answer as its cause', async () => {
    server.behave(json({ tasks: [], failures: [{ arn: 'a', reason: 'RESOURCE:MEMORY' }] }));
    const outcome = await withService(ecs.resource, (integration) =>
      integration.perform(contractRequest(ecs.resource, ecs.parameters, { pattern: 'sync' })),
    );
    expect(outcome).toEqual({
      type: 'failed',
      error: 'AmazonECS.Unknown',
      cause: '{"Tasks":[],"Failures":[{"Arn":"a","Reason":"RESOURCE:MEMORY"}]}',
    });
  });

  it('starts one task however often the attempt is repeated', async () => {
    const tokens = new Set<unknown>();
    for (let times = 0; times < 2; times += 1) {
      server.behave(json({ tasks: [{ taskArn: 'arn:1' }], failures: [] }));
      await withService(ecs.resource, (integration) =>
        integration.perform(contractRequest(ecs.resource, ecs.parameters, { pattern: 'sync' })),
      );
      const body: { clientToken?: unknown } = JSON.parse(server.seen[0]?.body ?? '{}');
      tokens.add(body.clientToken);
    }
    expect([...tokens]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  });

  it('fails where a container failed, was never started, or somebody stopped the task', async () => {
    const task = (more: object, containers: object[] = [{ name: 'main', exitCode: 0 }]) =>
      json({ tasks: [{ taskArn: 'arn:1', lastStatus: 'STOPPED', containers, ...more }], failures: [] });
    const ended = { stopCode: 'EssentialContainerExited' };
    expect(await asked(ecs, job, task(ended))).toMatchObject({ type: 'succeeded' });
    expect(await asked(ecs, job, task(ended, [{ exitCode: 1 }]))).toMatchObject({ type: 'failed' });
    expect(await asked(ecs, job, task(ended, [{ reason: 'CannotPullContainerError' }]))).toMatchObject({
      type: 'failed',
    });
    expect(await asked(ecs, job, task({ stopCode: 'UserInitiated' }))).toMatchObject({
      type: 'failed',
      error: 'States.TaskFailed',
      cause: expect.stringContaining('"StopCode":"UserInitiated"'),
    });
  });

  it('waits a moment for a task that is not described yet, and not for ever', async () => {
    const missing = json({ tasks: [], failures: [{ arn: 'arn:1', reason: 'MISSING' }] });
    expect(await asked(ecs, job, missing, 1)).toMatchObject({ type: 'running' });
    expect(await asked(ecs, job, missing, 9)).toMatchObject({ type: 'failed', error: 'States.TaskFailed' });
  });
});
