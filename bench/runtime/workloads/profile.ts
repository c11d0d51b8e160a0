import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { Lab } from '../lab/lab.ts';
import * as machines from '../lab/machines.ts';
import { monotonicMicros, type Profile, readProfile } from '../report/cpu-profile.ts';
import { System } from '../lab/system.ts';
import type { WorkloadResult } from '../report/result.ts';
import { short, table } from '../report/table.ts';
import type { Pace, Workload } from './workload.ts';

const MACHINES = [
  { name: 'W1', states: machines.tasks(10) },
  { name: 'W1p', states: machines.passes(10) },
] as const;
const FUNCTIONS = 22;
const STATEMENTS = 12;

/** Where the time goes: a CPU profile of worker and API, and the statements, while many executions are in flight. */
export const profile: Workload = {
  name: 'profile',
  async run(_lab, pace) {
    // A server of its own: the others do not pay for the counting.
    const lab = await Lab.open({
      shared_preload_libraries: 'pg_stat_statements',
      'pg_stat_statements.track': 'all',
      track_io_timing: 'on',
    });
    const text: string[] = [];
    try {
      for (const { name, states } of MACHINES) text.push(...(await profileOne(lab, name, states, pace)));
    } finally {
      await lab.close();
    }
    return result(text.join('\n\n'));
  },
};

function result(text: string): WorkloadResult {
  const notes = [
    'Self: in the function itself; with callees: on the stack. Shares are of the time in which the process was not idle.',
  ];
  return { title: 'Where the time goes', rows: [], goals: [], notes, text };
}

async function profileOne(lab: Lab, name: string, states: object, { seconds }: Pace): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-profile-'));
  const options = (role: string): string[] => [
    '--cpu-prof',
    `--cpu-prof-dir=${folder}`,
    `--cpu-prof-name=${role}.cpuprofile`,
    '--cpu-prof-interval=500',
  ];
  try {
    const system = await System.open(lab, { workerOptions: options('worker'), apiOptions: options('api') });
    const arn = await system.createMachine(name, states);
    await system.flow(arn, { inFlight: 200, seconds: 1 });
    await resetStatements(system.databaseUrl);
    const before = await system.usage();
    const from = monotonicMicros();
    const flow = await system.flow(arn, { inFlight: 200, seconds: seconds * 3 });
    const span = { from, to: monotonicMicros() };
    const after = await system.usage();
    const statements = await readStatements(system.databaseUrl);
    await system.close();
    const steps = flow.completed * 10;
    const head =
      `#### ${name}: ${short(flow.perSecond * 10)} steps/s while profiled, ` +
      `${short((after.commits - before.commits) / (after.batches - before.batches))} commits a batch, ` +
      `${short((after.batches - before.batches) / flow.seconds)} batches/s`;
    const files = readdirSync(folder).sort().toReversed();
    const profiles = files.map((file) =>
      profileText(file.replace('.cpuprofile', ''), readProfile(join(folder, file), span)),
    );
    return [head, ...profiles, statementText(statements, steps)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function profileText(role: string, { busyMs, totalMs, self, inclusive }: Profile): string {
  const share = (ms: number): string => `${((ms / busyMs) * 100).toFixed(1)} %`;
  const lines = (functions: Profile['self']): string[][] =>
    functions.slice(0, FUNCTIONS).map(({ place, ms }) => [share(ms), place]);
  return [
    `The ${role}, busy ${short(busyMs)} of ${short(totalMs)} ms:`,
    table(['self', 'function'], lines(self)),
    table(['with callees', 'function of this repository'], lines(inclusive)),
  ].join('\n\n');
}

interface StatementRow {
  readonly query: string;
  readonly calls: number;
  readonly total_ms: number;
  readonly rows: number;
  readonly wal_bytes: number;
}

async function withClient<T>(databaseUrl: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

function resetStatements(databaseUrl: string): Promise<void> {
  return withClient(databaseUrl, async (client) => {
    await client.query('create extension if not exists pg_stat_statements');
    await client.query('select pg_stat_statements_reset()');
  });
}

function readStatements(databaseUrl: string): Promise<StatementRow[]> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<StatementRow>(
      `select query, calls::int, total_exec_time + total_plan_time as total_ms, rows::int, wal_bytes::float as wal_bytes
       from pg_stat_statements s join pg_database d on d.oid = s.dbid and d.datname = current_database()
       order by 3 desc limit ${STATEMENTS}`,
    );
    return rows;
  });
}

function statementText(rows: readonly StatementRow[], steps: number): string {
  const lines = rows.map(({ query, calls, total_ms: total, rows: count, wal_bytes: wal }) => [
    `${short((total * 1_000) / steps)}`,
    short(calls),
    short(total / calls),
    short(count / calls),
    short(wal / steps),
    query.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').slice(0, 110),
  ]);
  return table(['µs a step', 'calls', 'ms a call', 'rows a call', 'WAL bytes a step', 'statement'], lines);
}
