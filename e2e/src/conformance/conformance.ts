import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@everstep/testkit';
import { EverstepProcess, ROOT } from '../everstep-process.ts';

/** Cases recorded from AWS lie beside the checkout, with their runner; an outside clone has none of them. */
export const CASES = join(process.env['EVERSTEP_SHARED'] ?? join(ROOT, '../shared'), 'conformance');

export function casesAvailable(): boolean {
  return existsSync(join(CASES, 'run.mjs'));
}

export interface ConformanceCase {
  readonly id: string;
  readonly area: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly path?: string;
  readonly expected?: unknown;
  readonly got?: unknown;
  readonly error?: string;
  readonly reason?: string;
}

export interface ConformanceReport {
  /** Cases about what this version offers. */
  readonly counted: readonly ConformanceCase[];
  /** Cases that need what a later version brings, and what that is. */
  readonly later: ReadonlyArray<ConformanceCase & { readonly needs: string }>;
}

interface CaseFacts {
  readonly id: string;
  readonly tags: readonly string[];
  readonly requires: readonly string[];
}

/** The runner's fakes that integrations of this version call. */
const SERVICES = ['lambda', 'logs', 'sqs', 'sns', 's3', 'dynamodb'];

/**
 * Starts the server wired to the runner's fakes by the AWS SDK's endpoint variables and replays every open case.
 * `progress` gets the runner's lines as they come.
 */
export async function runConformance(options: {
  readonly filter?: string;
  readonly progress?: (text: string) => void;
}): Promise<ConformanceReport> {
  const folder = await mkdtemp(join(tmpdir(), 'everstep-conformance-'));
  await chmod(folder, 0o755);
  const [port, fakePort] = [await freePort(), await freePort()];
  const endpoint = `http://127.0.0.1:${port}`;
  const server = new EverstepProcess({
    command: 'dev',
    args: ['--empty'],
    environment: {
      EVERSTEP_PORT: String(port),
      EVERSTEP_DATA_DIR: join(folder, 'data'),
      AWS_ENDPOINT_URL: `http://127.0.0.1:${fakePort}`,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    readyUrl: `${endpoint}/readyz`,
  });
  try {
    await server.start();
    const facts = await readCases();
    const offered = await offeredOperations(endpoint, facts);
    const results = await replay({ ...options, endpoint, fakePort, json: join(folder, 'results.json') });
    return sort(results, facts, offered);
  } finally {
    await server.kill('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  }
}

async function readCases(): Promise<Map<string, CaseFacts>> {
  const facts = new Map<string, CaseFacts>();
  const folder = join(CASES, 'vectors');
  for (const file of await readdir(folder)) {
    if (!file.endsWith('.json')) continue;
    const { cases }: { cases: CaseFacts[] } = JSON.parse(await readFile(join(folder, file), 'utf8'));
    for (const entry of cases) facts.set(entry.id, entry);
  }
  return facts;
}

/** Asked of the server itself: an operation that it does not offer says so. */
async function offeredOperations(endpoint: string, facts: ReadonlyMap<string, CaseFacts>): Promise<Set<string>> {
  const names = new Set([...facts.values()].flatMap(({ tags }) => tags.filter((tag) => tag.startsWith('op:'))));
  const offered = new Set<string>();
  for (const tag of names) {
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AWSStepFunctions.${tag.slice(3)}` },
      body: '[]',
    });
    if (!(await answer.text()).includes('UnknownOperationException')) offered.add(tag);
  }
  return offered;
}

async function replay(options: {
  readonly endpoint: string;
  readonly fakePort: number;
  readonly json: string;
  readonly filter?: string;
  readonly progress?: (text: string) => void;
}): Promise<ConformanceCase[]> {
  const { endpoint, fakePort, json, filter, progress } = options;
  const args = ['--endpoint', endpoint, '--lambda-port', String(fakePort), '--services', SERVICES.join(',')];
  args.push('--json', json, '--timeout', '30', '--concurrency', '8');
  if (filter !== undefined) args.push('--filter', filter);
  const runner = spawn(process.execPath, [join(CASES, 'run.mjs'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaints = '';
  runner.stderr.on('data', (chunk) => {
    complaints += String(chunk);
  });
  runner.stdout.on('data', (chunk) => progress?.(String(chunk)));
  await once(runner, 'close');
  // 1: some cases failed, which its results tell.
  if (runner.exitCode !== 0 && runner.exitCode !== 1) {
    throw new Error(`the conformance runner ended with ${runner.exitCode ?? runner.signalCode}: ${complaints}`);
  }
  const { cases }: { cases: ConformanceCase[] } = JSON.parse(await readFile(json, 'utf8'));
  return cases;
}

function sort(
  results: readonly ConformanceCase[],
  facts: ReadonlyMap<string, CaseFacts>,
  offered: ReadonlySet<string>,
): ConformanceReport {
  const counted: ConformanceCase[] = [];
  const later: Array<ConformanceCase & { needs: string }> = [];
  for (const result of results) {
    const needs = needsOf(facts.get(result.id), offered);
    if (needs === null) counted.push(result);
    else later.push({ ...result, needs });
  }
  return { counted, later };
}

function needsOf(facts: CaseFacts | undefined, offered: ReadonlySet<string>): string | null {
  const tags = facts?.tags ?? [];
  for (const tag of tags) {
    if (tag.startsWith('op:') && !offered.has(tag)) return `operation ${tag.slice(3)}`;
  }
  const service = (facts?.requires ?? []).find((name) => !SERVICES.includes(name));
  return service === undefined ? null : `service ${service}`;
}
