import { type Logger, type Metrics, silentMetrics } from '@everstep/engine';
import { CHECKPOINT_FORMAT } from '@everstep/language';
import { uuidArray } from './columns.ts';
import type { Database } from './database.ts';
import { NOW_MS, type Statement, statement, type Value } from './statement.ts';

// Rows that belong to nothing any more. The verbs never make any, as all rows of an execution come and go in one
// transaction; somebody who deletes by hand, or a backup that was restored in parts, does. Left alone they would be
// hinted for ever, keep a name taken, or let a caller wait for an end that cannot come.

/** What is walked, and what an orphan of it is. */
export type OrphanKind =
  /** An open run without its execution: it goes, with all that belongs to it. */
  | 'runs'
  /** An open run that something has arrived for and that nobody would look at: it is due now. */
  | 'unwoken'
  /** An open execution without its run: it gets one that whoever claims it can only fail, with its terminal event. */
  | 'executions'
  | 'frames'
  | 'inbox'
  | 'task_tokens'
  | 'limiter_tasks'
  | 'ended_runs'
  | 'redrives'
  | 'approvals'
  | 'history'
  /** A name whose execution is gone: it is free when it may be used again. */
  | 'execution_names';

interface Page {
  /** The last key that was looked at; null: the walk is at its end. */
  readonly last: string | null;
  readonly orphans: readonly string[];
}

const NO_ID = '00000000-0000-0000-0000-000000000000';
/** Far beyond what claims can have counted, so that a former owner stays fenced. */
const STRANDED_EPOCH = 1_000_000_000;

/** SQL: a page of a table by its key, and which of its rows meet the condition (of alias p). */
function pageOf(kind: OrphanKind, table: string, condition: string, column = 'execution_id'): Statement<Page> {
  const [cast, array] = column === 'execution_id' ? ['$1::uuid', 'uuid[]'] : ['$1', 'text[]'];
  return statement<Page>(
    `orphans_page_${kind}`,
    `with page as materialized (
       select p.* from ${table} p where p.${column} > ${cast} order by p.${column} limit $2)
     select (select ${column}::text from page order by ${column} desc limit 1) as last,
       array(select distinct p.${column} from page p where ${condition})::${array}::text[] as orphans`,
  );
}

// `offset 0` keeps the question one for each row: made a join, it would read whole partitions.
const NO_EXECUTION = 'not exists (select 1 from executions e where e.execution_id = p.execution_id offset 0)';
const NO_RUN = 'not exists (select 1 from runs r where r.execution_id = p.execution_id offset 0)';
const NO_MAP_RUN = 'not exists (select 1 from map_runs m where m.map_run_id = p.execution_id offset 0)';
/** An Express execution is nothing but its run. */
const NOT_LISTED = `p.express is null and ${NO_EXECUTION}`;
const UNWOKEN = 'p.owner is null and p.wake_at is null and p.signals > p.consumed';

const pages: Readonly<Record<OrphanKind, Statement<Page>>> = {
  runs: pageOf('runs', 'runs', NOT_LISTED),
  unwoken: pageOf('unwoken', 'runs', UNWOKEN),
  executions: pageOf('executions', 'executions', `p.stop_date is null and ${NO_RUN}`),
  frames: pageOf('frames', 'frames', NO_RUN),
  inbox: pageOf('inbox', 'inbox', NO_RUN),
  task_tokens: pageOf('task_tokens', 'task_tokens', NO_RUN),
  limiter_tasks: pageOf('limiter_tasks', 'limiter_tasks', NO_RUN),
  ended_runs: pageOf('ended_runs', 'ended_runs', `${NO_EXECUTION} and ${NO_MAP_RUN}`),
  redrives: pageOf('redrives', 'redrives', NO_EXECUTION),
  approvals: pageOf('approvals', 'approvals', NO_EXECUTION),
  history: pageOf('history', 'history', NO_EXECUTION),
  execution_names: pageOf(
    'execution_names',
    'execution_names',
    `p.orphaned_until is null and ${NO_EXECUTION}`,
    'execution_arn',
  ),
};

/** SQL: deletes by execution, where they are orphans still. */
function deletion(
  table: 'frames' | 'inbox' | 'task_tokens' | 'ended_runs' | 'redrives' | 'approvals' | 'history',
  condition: string,
): Statement {
  return statement(
    `orphans_delete_${table}`,
    `delete from ${table} p where p.execution_id = any($1::uuid[]) and ${condition}`,
  );
}

const removals: Readonly<Record<OrphanKind, Statement>> = {
  runs: statement(
    'orphans_delete_runs',
    `with gone as (
       delete from runs p where p.execution_id = any($1::uuid[]) and ${NOT_LISTED} returning execution_id),
     frames_gone as (delete from frames f using gone where f.execution_id = gone.execution_id),
     inbox_gone as (delete from inbox i using gone where i.execution_id = gone.execution_id)
     delete from task_tokens t using gone where t.execution_id = gone.execution_id`,
  ),
  unwoken: statement(
    'orphans_wake_runs',
    `update runs p set wake_at = ${NOW_MS} where p.execution_id = any($1::uuid[]) and ${UNWOKEN}`,
  ),
  executions: statement(
    'orphans_strand_executions',
    `insert into runs (execution_id, epoch, wake_at, grace_ms, base_grace_ms, signals, format, last_event_id, checkpoint)
     select p.execution_id, ${STRANDED_EPOCH}, ${NOW_MS}, 1000, 1000, 0, $2::int, coalesce(h.last, 0),
       '{"lastEventId":' || coalesce(h.last, 0) || ',"lastEventTime":' || p.start_date || '}'
     from executions p left join lateral (
       select h.last_event_id as last from history h where h.execution_id = p.execution_id
       order by h.first_event_id desc limit 1) h on true
     where p.execution_id = any($1::uuid[]) and p.stop_date is null and ${NO_RUN}
     on conflict (execution_id) do nothing`,
  ),
  frames: deletion('frames', NO_RUN),
  inbox: deletion('inbox', NO_RUN),
  task_tokens: deletion('task_tokens', NO_RUN),
  // Its permits are free for others.
  limiter_tasks: statement(
    'orphans_delete_limiter_tasks',
    `with gone as (
       delete from limiter_tasks p where p.execution_id = any($1::uuid[]) and ${NO_RUN} returning limiter_arn, key)
     insert into limiter_wakes (limiter_arn, key) select distinct limiter_arn, key from gone`,
  ),
  ended_runs: deletion('ended_runs', `${NO_EXECUTION} and ${NO_MAP_RUN}`),
  redrives: deletion('redrives', NO_EXECUTION),
  approvals: deletion('approvals', NO_EXECUTION),
  history: deletion('history', NO_EXECUTION),
  execution_names: statement(
    'orphans_free_names',
    `update execution_names p set orphaned_until = coalesce(p.reusable_at, ${NOW_MS})
     where p.execution_arn = any($1) and p.orphaned_until is null and ${NO_EXECUTION}`,
  ),
};

const KINDS: readonly OrphanKind[] = [
  ...([
    'runs',
    'unwoken',
    'executions',
    'frames',
    'inbox',
    'task_tokens',
    'limiter_tasks',
    'ended_runs',
    'history',
  ] as const),
  'redrives',
  'approvals',
  'execution_names',
];

export type OrphanCounts = Readonly<Partial<Record<OrphanKind, number>>>;

/**
 * Walks all tables a page at a time, each from where the last turn left it and from the beginning after its end, so that
 * a turn costs the same however much there is. What it finds is decided anew by the statement that removes it.
 */
export class OrphanSweeper {
  readonly #database: Database;
  readonly #logger: Logger;
  readonly #metrics: Metrics;
  readonly #after = new Map<OrphanKind, string>();

  constructor(database: Database, logger: Logger, metrics: Metrics = silentMetrics) {
    this.#database = database;
    this.#logger = logger;
    this.#metrics = metrics;
  }

  /** One turn: so many rows of each table. Answers what was found, by kind. */
  async sweep(limit: number): Promise<OrphanCounts> {
    const counts: Partial<Record<OrphanKind, number>> = {};
    for (const kind of KINDS) {
      const orphans = await this.#look(kind, limit);
      if (orphans.length === 0) continue;
      counts[kind] = orphans.length;
      this.#metrics.count('orphansRemoved', orphans.length);
      const fields = { kind, count: orphans.length, first: orphans[0] };
      this.#logger.error(
        fields,
        'rows that belong to nothing were found and are put right: was the database changed by hand?',
      );
      await this.#database.write(removals[kind], removalValues(kind, orphans));
    }
    return counts;
  }

  async #look(kind: OrphanKind, limit: number): Promise<readonly string[]> {
    const first = kind === 'execution_names' ? '' : NO_ID;
    const [page] = await this.#database.read(pages[kind], [this.#after.get(kind) ?? first, limit]);
    if (page === undefined || page.last === null) this.#after.delete(kind);
    else this.#after.set(kind, page.last);
    return page?.orphans ?? [];
  }
}

function removalValues(kind: OrphanKind, orphans: readonly string[]): Value[] {
  if (kind === 'execution_names') return [orphans];
  const ids = uuidArray(orphans);
  return kind === 'executions' ? [ids, CHECKPOINT_FORMAT] : [ids];
}
