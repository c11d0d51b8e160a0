import type { ApiShape } from '@everstep/engine';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApiModels } from './api-models.ts';
import { findModel } from './model-files.ts';
import { modelAnswer } from './model-shapes.ts';
import { loadSdkClient, requireFromHere } from './sdk-client.ts';
import { sdkAnswer } from './sdk-shapes.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everstep-models-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function member(shape: ApiShape | null, ...path: string[]): ApiShape | null {
  let at = shape;
  for (const name of path) {
    if (at?.type === 'list') at = at.member();
    at = at?.type === 'structure' ? (at.members.get(name)?.() ?? null) : null;
  }
  return at;
}

const MODEL = {
  metadata: { serviceId: 'Tea Pot' },
  operations: { Brew: { output: { shape: 'BrewOutput' } }, Rinse: {} },
  shapes: {
    BrewOutput: {
      type: 'structure',
      required: ['cups'],
      members: { cups: { shape: 'Cups' }, kind: { shape: 'Kind' }, leaf: { shape: 'Leaf' }, at: { shape: 'Time' } },
    },
    Cups: { type: 'list', member: { shape: 'Cup' }, max: 3 },
    Cup: { type: 'structure', members: { warmth: { shape: 'Warmth' }, full: { shape: 'Flag' } } },
    Warmth: { type: 'integer', min: 20, max: 99 },
    Flag: { type: 'boolean' },
    Kind: { type: 'string', enum: ['green', 'black'] },
    Leaf: { type: 'blob', min: 1 },
    Time: { type: 'timestamp' },
  },
};

async function writeModel(name: string, version: string, model: object, packed = false): Promise<void> {
  const at = join(folder, name, version);
  await mkdir(at, { recursive: true });
  const text = JSON.stringify(model);
  await (packed
    ? writeFile(join(at, 'service-2.json.gz'), gzipSync(text))
    : writeFile(join(at, 'service-2.json'), text));
}

describe('the schemas of an installed client', () => {
  it('know types, required members and enumerations, in Step Functions’ capitalisation', async () => {
    const sfn = await loadSdkClient('sfn', requireFromHere);
    const started = sfn === null ? null : sdkAnswer(sfn, 'startExecution');
    expect(started).toMatchObject({ type: 'structure', required: ['ExecutionArn', 'StartDate'] });
    expect(member(started, 'StartDate')).toEqual({ type: 'string' });
    const lambda = await loadSdkClient('lambda', requireFromHere);
    const found = lambda === null ? null : sdkAnswer(lambda, 'getFunction');
    expect(member(found, 'Configuration', 'MemorySize')).toEqual({ type: 'number' });
    expect(member(found, 'Configuration', 'State')).toMatchObject({ values: expect.arrayContaining(['Active']) });
    const architectures = member(found, 'Configuration', 'Architectures');
    expect(architectures?.type === 'list' ? architectures.member() : null).toMatchObject({
      values: expect.arrayContaining(['arm64']),
    });
    expect(lambda === null ? null : sdkAnswer(lambda, 'makeTea')).toBeNull();
  });

  it('are found whatever dashes their package has, or not at all', async () => {
    expect(await loadSdkClient('secretsmanager', requireFromHere)).not.toBeNull();
    expect(await loadSdkClient('teapot', requireFromHere)).toBeNull();
    expect(await loadSdkClient('sfn', createRequire('/nowhere/'))).toBeNull();
  });
});

describe('AWS’s model files', () => {
  it('are found by the service’s id, packed or not, the newest version', async () => {
    await writeModel('kettle', '2020-01-01', { metadata: { serviceId: 'Kettle' }, operations: {} });
    await writeModel('tp', '2019-01-01', { ...MODEL, operations: {} });
    await writeModel('tp', '2020-02-02', MODEL, true);
    const model = await findModel('teapot', [join(folder, 'missing'), folder]);
    const shape = modelAnswer(model, 'brew');
    expect(shape).toMatchObject({ type: 'structure', required: ['Cups'] });
    expect(member(shape, 'Cups')).toMatchObject({ type: 'list', max: 3 });
    expect(member(shape, 'Cups', 'Warmth')).toEqual({ type: 'number', min: 20, max: 99 });
    expect(member(shape, 'Kind')).toEqual({ type: 'string', values: ['green', 'black'] });
    expect(member(shape, 'Leaf')).toEqual({ type: 'string', min: 1 });
    expect(modelAnswer(model, 'rinse')).toBeNull();
    expect(await findModel('urn', [folder])).toBeNull();
  });

  it('add ranges to what a client knows, and stand in where there is none', async () => {
    const { BrewOutput, ...shapes } = MODEL.shapes;
    const output = {
      ...BrewOutput,
      members: { executionArn: { shape: 'Leaf' }, more: { shape: 'Time' } },
      required: [],
    };
    const operations = { StartExecution: { output: { shape: 'BrewOutput' } } };
    await writeModel('stepfunctions', '2016-11-23', {
      metadata: { serviceId: 'SFN' },
      operations,
      shapes: { ...shapes, BrewOutput: output },
    });
    await writeModel('teapot', '2020-02-02', MODEL);
    const models = createApiModels({ environment: { AWS_DATA_PATH: folder } });
    const started = await models.answerOf('sfn', 'startExecution');
    expect(started).toMatchObject({ required: ['ExecutionArn', 'StartDate'] });
    expect(member(started, 'ExecutionArn')).toEqual({ type: 'string', min: 1 });
    expect(member(started, 'More')).toBeNull();
    expect(await models.answerOf('teapot', 'brew')).toMatchObject({ required: ['Cups'] });
    expect(await models.answerOf('urn', 'brew')).toBeNull();
  });
});
