import { type Candidate, type Need, type PermitRoom, type QueuePlace, readSettings } from '@everstep/engine';
import { numberArray, uuidArray } from './columns.ts';
import { type QueryRunner, statement } from './statement.ts';
import { decodeText } from './text.ts';

// What is read while permits are given: how the limiters stand, and who has the next turns.

interface LimiterRow {
  readonly limiter_arn: string;
  readonly settings: string;
  readonly paused_at: number | null;
  readonly tokens: number | null;
  readonly tokens_at: number | null;
  readonly cursor: string;
  readonly in_use: number;
}

const readLimiters = statement<LimiterRow>(
  'read_limiters_to_give',
  `select l.limiter_arn, l.settings, l.paused_at, l.tokens, l.tokens_at, l.cursor,
     case when l.concurrency is null then 0 else (
       select count(*)::int from limiter_tasks t where t.limiter_arn = l.limiter_arn and t.status = 'granted') end as in_use
   from limiters l where l.limiter_arn = any($1)`,
);

interface KeyRow extends Need {
  readonly limiter_arn: string;
  readonly tokens: number | null;
  readonly tokens_at: number | null;
  readonly in_use: number;
}

const readKeys = statement<KeyRow>(
  'read_limiter_keys_to_give',
  `select l.limiter_arn, u.key, b.tokens, b.tokens_at,
     case when l.key_concurrency is null then 0 else (
       select count(*)::int from limiter_tasks t
       where t.limiter_arn = l.limiter_arn and t.key = u.key and t.status = 'granted') end as in_use
   from unnest($1::text[], $2::text[]) as u(limiter_arn, key)
   join limiters l on l.limiter_arn = u.limiter_arn
   left join limiter_buckets b on b.limiter_arn = u.limiter_arn and b.key = u.key`,
);

// Of the first rank, one key after the other from the one behind the cursor, around to the cursor itself; of each key as
// many as are needed for all to have the same number of turns.
const nextInTurn = statement<FoundRow>(
  'next_tasks_in_turn',
  `select u.limiter_arn, c.key, c.execution_id, c.task_id
   from unnest($1::text[], $2::text[], $3::int[]) with ordinality as u(limiter_arn, cursor, most, position)
   cross join lateral (
     with recursive top as materialized (
       select t.rank from limiter_tasks t where t.limiter_arn = u.limiter_arn and t.status = 'queued' order by t.rank limit 1),
     walk(key, around, is_key) as (
       select u.cursor collate "C", false, false
       union all
       select n.key, n.around, true from walk w cross join lateral (
         (select t.key, w.around from limiter_tasks t
          where t.limiter_arn = u.limiter_arn and t.status = 'queued' and t.rank = (select rank from top)
            and t.key > w.key and (not w.around or t.key <= u.cursor) order by t.key limit 1)
         union all
         (select t.key, true from limiter_tasks t
          where not w.around and t.limiter_arn = u.limiter_arn and t.status = 'queued'
            and t.rank = (select rank from top) and t.key <= u.cursor order by t.key limit 1)
         limit 1) as n),
     keys as materialized (
       select k.key, row_number() over () as turn from (select w.key from walk w where w.is_key limit u.most) as k)
     select k.key, k.turn, t.execution_id, t.task_id, t.round from keys k cross join lateral (
       select own.execution_id, own.task_id, row_number() over () as round from (
         select t.execution_id, t.task_id from limiter_tasks t
         where t.limiter_arn = u.limiter_arn and t.status = 'queued' and t.rank = (select rank from top) and t.key = k.key
         order by t.since, t.execution_id, t.task_id
         limit greatest(1, u.most / (select count(*) from keys))) as own) as t
     order by t.round, k.turn limit u.most) as c
   order by u.position, c.round, c.turn`,
);

const nextOfKeys = statement<FoundRow>(
  'next_tasks_of_keys',
  `select u.limiter_arn, u.key, c.execution_id, c.task_id
   from unnest($1::text[], $2::text[], $3::int[]) with ordinality as u(limiter_arn, key, most, position)
   cross join lateral (
     select t.execution_id, t.task_id, row_number() over () as place from (
       select t.execution_id, t.task_id from limiter_tasks t
       where t.limiter_arn = u.limiter_arn and t.key = u.key and t.status = 'keyed'
       order by t.rank, t.since, t.execution_id, t.task_id limit u.most) as t) as c
   order by u.position, c.place`,
);

interface FoundRow extends Need {
  readonly limiter_arn: string;
  readonly execution_id: string;
  readonly task_id: number;
}

const readNeeds = statement<FoundRow>(
  'read_needs',
  `select t.execution_id, t.task_id, t.limiter_arn, t.key
   from unnest($1::uuid[], $2::int[]) as u(execution_id, task_id)
   join limiter_tasks t on t.execution_id = u.execution_id and t.task_id = u.task_id
   order by t.execution_id, t.task_id, t.limiter_arn`,
);

/** What a transaction that gives permits has read so far. */
export class PermitQueues {
  readonly #runner: QueryRunner;
  readonly #room: PermitRoom;
  readonly #cursors = new Map<string, string>();
  readonly #needs = new Map<string, Need>();

  constructor(runner: QueryRunner, room: PermitRoom) {
    this.#runner = runner;
    this.#room = room;
  }

  /** The limiters that were read and are there. */
  get limiterArns(): string[] {
    return [...this.#cursors.keys()];
  }
  cursorOf(limiterArn: string): string {
    return this.#cursors.get(limiterArn) ?? '';
  }
  get needs(): readonly Need[] {
    return [...this.#needs.values()];
  }

  /** Fills the room with how limiters and keys stand that it does not know yet. */
  async read(needs: readonly Need[]): Promise<void> {
    const fresh = needs.filter((need) => !this.#needs.has(nameOf(need)));
    if (fresh.length === 0) return;
    for (const need of fresh) this.#needs.set(nameOf(need), need);
    const wanted = [...new Set(fresh.map((need) => need.limiterArn))].filter((arn) => !this.#cursors.has(arn));
    const [limiters, keys] = await Promise.all([
      this.#runner.send(readLimiters, [wanted]),
      this.#runner.send(readKeys, [fresh.map((need) => need.limiterArn), fresh.map((need) => need.key)]),
    ]);
    for (const row of limiters) {
      this.#cursors.set(row.limiter_arn, row.cursor);
      this.#room.addLimiter({
        limiterArn: row.limiter_arn,
        settings: readSettings(decodeText(row.settings)),
        paused: row.paused_at !== null,
        inUse: row.in_use,
        bucket: bucketOf(row),
      });
    }
    for (const row of keys) {
      this.#room.addKey({ limiterArn: row.limiter_arn, key: row.key, inUse: row.in_use, bucket: bucketOf(row) });
    }
  }

  /** Who may leave the places in question, in turn: at most so many. */
  async candidates(needs: readonly Need[], limit: number): Promise<Candidate[]> {
    const shared = [...new Set(needs.map(({ limiterArn }) => limiterArn))].map(
      (limiterArn): QueuePlace => ({ limiterArn, key: '', queue: 'shared' }),
    );
    const keyed = needs.map((need): QueuePlace => ({ ...need, queue: 'key' }));
    const [inTurn, ofKeys] = await Promise.all([
      this.#find(nextInTurn, shared, ({ limiterArn }) => this.cursorOf(limiterArn), limit),
      this.#find(nextOfKeys, keyed, ({ key }) => key, limit),
    ]);
    const found = [
      ...inTurn.map((row) => ({ row, queue: 'shared' as const })),
      ...ofKeys.map((row) => ({ row, queue: 'key' as const })),
    ].slice(0, limit);
    if (found.length === 0) return [];
    const rows = await this.#runner.send(readNeeds, [
      uuidArray(found.map(({ row }) => row.execution_id)),
      numberArray(found.map(({ row }) => row.task_id)),
    ]);
    const byTask = Map.groupBy(rows, taskOf);
    return found.map(({ row, queue }) => ({
      executionId: row.execution_id,
      taskId: row.task_id,
      place: { limiterArn: row.limiter_arn, key: row.key, queue },
      needs: (byTask.get(taskOf(row)) ?? []).map(({ limiter_arn: limiterArn, key }) => ({ limiterArn, key })),
    }));
  }

  async #find(
    query: typeof nextInTurn,
    places: readonly QueuePlace[],
    second: (place: QueuePlace) => string,
    limit: number,
  ): Promise<FoundRow[]> {
    const open = places.filter((place) => this.#room.left(place) > 0);
    if (open.length === 0) return [];
    return this.#runner.send(query, [
      open.map(({ limiterArn }) => limiterArn),
      open.map(second),
      numberArray(open.map((place) => Math.min(limit, this.#room.left(place)))),
    ]);
  }
}

export function nameOf({ limiterArn, key }: Need): string {
  return `${limiterArn} ${key}`;
}

function taskOf(row: Pick<FoundRow, 'execution_id' | 'task_id'>): string {
  return `${row.execution_id}:${row.task_id}`;
}

function bucketOf({
  tokens,
  tokens_at: at,
}: Pick<KeyRow, 'tokens' | 'tokens_at'>): { tokens: number; at: number } | null {
  return tokens === null || at === null ? null : { tokens, at };
}
