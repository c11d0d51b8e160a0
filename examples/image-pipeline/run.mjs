/**
 * Makes a folder of images, has a Distributed Map make a thumbnail of each, and checks every one of them.
 *   node run.mjs [--endpoint URL] [--images N] [--json FILE]
 */
import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  ListMapRunsCommand,
  SFNClient,
  StartExecutionCommand,
  UpdateStateMachineCommand,
} from '@aws-sdk/client-sfn';
import { handler as shrink } from './functions/image-thumbnail/index.mjs';
import { isBroken, makeImage, nameOf } from './images.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: {
    endpoint: {
      type: 'string',
      default: process.env.AWS_ENDPOINT_URL_SFN ?? `http://127.0.0.1:${process.env.EVERSTEP_PORT ?? 8083}`,
    },
    images: { type: 'string', default: '200' },
    json: { type: 'string' },
  },
});
process.env.AWS_ACCESS_KEY_ID ??= 'local';
process.env.AWS_SECRET_ACCESS_KEY ??= 'local';
const region = process.env.EVERSTEP_REGION ?? 'us-east-1';
const client = new SFNClient({ endpoint: options.endpoint, region, disableHostPrefix: true });
const roleArn = 'arn:aws:iam::123456789012:role/image-pipeline';
const data = resolve(process.env.EVERSTEP_DATA_DIR ?? join(here, '../../.everstep'));
const functions = resolve(process.env.EVERSTEP_FUNCTIONS_DIR ?? join(data, 'functions'));
const bucket = join(resolve(process.env.EVERSTEP_BUCKETS_DIR ?? join(data, 'buckets')), 'photos');

async function deploy(name, definition) {
  try {
    const { stateMachineArn } = await client.send(new CreateStateMachineCommand({ name, definition, roleArn }));
    return stateMachineArn;
  } catch (error) {
    if (error.name !== 'StateMachineAlreadyExists') throw error;
    const stateMachineArn = /'(arn:[^']+)'/.exec(error.message)?.[1];
    await client.send(new UpdateStateMachineCommand({ stateMachineArn, definition, roleArn }));
    return stateMachineArn;
  }
}

async function makeFolder(count) {
  await rm(bucket, { recursive: true, force: true });
  await mkdir(join(bucket, 'images'), { recursive: true });
  for (let number = 0; number < count; number++) {
    await writeFile(join(bucket, 'images', nameOf(number)), makeImage(number));
  }
}

async function runToEnd(stateMachineArn, input) {
  const { executionArn } = await client.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
  );
  for (;;) {
    const { status, output, error, cause } = await client.send(new DescribeExecutionCommand({ executionArn }));
    if (status !== 'RUNNING') {
      if (status !== 'SUCCEEDED') throw new Error(`${executionArn} ended ${status}: ${error} ${cause}`);
      return { executionArn, files: JSON.parse(output) };
    }
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

async function countsOf(executionArn) {
  const { mapRuns } = await client.send(new ListMapRunsCommand({ executionArn }));
  const { itemCounts } = await client.send(new DescribeMapRunCommand({ mapRunArn: mapRuns[0].mapRunArn }));
  return itemCounts;
}

/** What is in the files of the results with a status. */
async function readResults(files) {
  const texts = await Promise.all(files.map(({ Key }) => readFile(join(bucket, Key), 'utf8')));
  return texts.flatMap((text) => JSON.parse(text));
}

async function problemsOf(count, succeeded, failed) {
  const problems = [];
  const brightness = new Map(succeeded.map((result) => [result.thumbnail, result.brightness]));
  for (let number = 0; number < count; number++) {
    const key = `thumbnails/${nameOf(number)}`;
    if (isBroken(number)) {
      if (brightness.has(key)) problems.push(`${key} is made of a broken image`);
      if (!failed.some(({ Input }) => JSON.parse(Input).thumbnail === key))
        problems.push(`${key} is not told as failed`);
      continue;
    }
    const expected = await shrink({ image: makeImage(number), width: 8 });
    const actual = await readFile(join(bucket, key), 'utf8').catch(() => null);
    if (actual !== expected.image) problems.push(`${key} is not the thumbnail of its image`);
    if (brightness.get(key) !== expected.brightness) problems.push(`${key} has the brightness ${brightness.get(key)}`);
  }
  return problems;
}

const count = Number(options.images);
await makeFolder(count);
await cp(join(here, 'functions'), functions, { recursive: true });
const machine = await deploy('image-pipeline', await readFile(join(here, 'thumbnails.asl.json'), 'utf8'));
const startedAt = performance.now();
const input = { bucket: 'photos', images: 'images/', thumbnails: 'thumbnails/' };
const { executionArn, files } = await runToEnd(machine, input);
const milliseconds = Math.round(performance.now() - startedAt);
const counts = await countsOf(executionArn);
const [succeeded, failed] = [await readResults(files.SUCCEEDED), await readResults(files.FAILED)];
const problems = await problemsOf(count, succeeded, failed);
const thumbnails = (await readdir(join(bucket, 'thumbnails'))).length;
const report = { images: count, thumbnails, failed: failed.length, counts, milliseconds, problems };

console.log(`${count} images, ${thumbnails} thumbnails in ${milliseconds} ms: ${join(bucket, 'thumbnails')}`);
console.log(`The Map Run counts ${counts.succeeded} done and ${counts.failed} failed of ${counts.total}.`);
console.log(`Broken, and told in ${files.FAILED.map(({ Key }) => Key).join(', ')}:`);
for (const { Input, Error: error } of failed) console.log(`  ${JSON.parse(Input).key}  ${error}`);
for (const problem of problems.slice(0, 20)) console.error(`WRONG ${problem}`);
console.log(problems.length === 0 ? 'Every thumbnail is right.' : `${problems.length} problems.`);
if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
