import {
  INITIAL_REVISION,
  type DeleteVersionOutcome,
  type PublishOutcome,
  type PublishRequest,
  type VersionRecord,
  type VersionStore,
} from '@everstep/engine';
import type { Database } from './database.ts';
import { and, desc, eq, lt, type SQL } from './drizzle.ts';
import { lockMachine, refusal } from './machine-lock.ts';
import { stateMachineVersions } from './schema/catalog.ts';
import { type QueryRunner, statement } from './statement.ts';
import { decodeNullable, encodeNullable } from './text.ts';

interface VersionRow {
  readonly version: number;
  readonly description: string | null;
  readonly created_at: number;
}

const findPublished = statement<VersionRow>(
  'find_published_version',
  `select version, description, created_at from state_machine_versions
   where state_machine_arn = $1 and revision_id = (select revision_id from state_machines where state_machine_arn = $1)`,
);

const countVersions = statement<{ count: number }>(
  'count_versions',
  'select count(*) as count from state_machine_versions where state_machine_arn = $1',
);

const insertVersionRow = statement(
  'insert_version',
  `insert into state_machine_versions (state_machine_arn, version, revision_id, description, created_at)
   values ($1, $2, $3, $4, $5)`,
);

const noteVersion = statement(
  'note_version',
  'update state_machines set last_version = $2 where state_machine_arn = $1',
);

const aliasesOfVersion = statement<{ name: string }>(
  'aliases_of_version',
  `select name from state_machine_aliases where state_machine_arn = $1 and $2::int = any(versions) order by name`,
);

const removeVersion = statement(
  'delete_version',
  'delete from state_machine_versions where state_machine_arn = $1 and version = $2',
);

export function versionVerbs(database: Database): VersionStore {
  return {
    async publishVersion(request) {
      return database.transaction(async (transaction) => {
        const outcome = await publishLocked(transaction, request);
        if (outcome.kind === 'published') await transaction.commit();
        else await transaction.rollback();
        return outcome;
      });
    },
    async findVersion(stateMachineArn, version) {
      const [found] = await readVersions(
        database,
        and(eq(stateMachineVersions.stateMachineArn, stateMachineArn), eq(stateMachineVersions.version, version)),
        1,
      );
      return found ?? null;
    },
    async listVersions({ stateMachineArn, beforeVersion, limit }) {
      const ofMachine = eq(stateMachineVersions.stateMachineArn, stateMachineArn);
      const before = beforeVersion === undefined ? undefined : lt(stateMachineVersions.version, beforeVersion);
      return readVersions(database, and(ofMachine, before), limit);
    },
    async deleteVersion(stateMachineArn, version) {
      return deleteVersion(database, stateMachineArn, version);
    },
  };
}

/** Locks the machine, and publishes the revision that is current in this transaction. */
export async function publishLocked(runner: QueryRunner, request: PublishRequest): Promise<PublishOutcome> {
  const { stateMachineArn, description, createdAt, limit } = request;
  const machine = await lockMachine(runner, stateMachineArn);
  const refused = refusal(machine);
  if (refused !== null || machine === undefined) return refused ?? { kind: 'no-machine' };
  const current = machine.revision_number === 1 ? INITIAL_REVISION : machine.revision_id;
  if (request.revisionId !== undefined && request.revisionId !== current) return { kind: 'revision', current };
  const revisionId = machine.revision_id;
  const [[existing], [counted]] = await Promise.all([
    runner.send(findPublished, [stateMachineArn]),
    runner.send(countVersions, [stateMachineArn]),
  ]);
  if (existing !== undefined) {
    const { version, created_at } = existing;
    const record = { stateMachineArn, version, revisionId, createdAt: created_at };
    return { kind: 'published', version: { ...record, description: decodeNullable(existing.description) } };
  }
  if (counted !== undefined && counted.count >= limit) return { kind: 'limit' };
  const version: VersionRecord = {
    stateMachineArn,
    version: machine.last_version + 1,
    revisionId,
    description,
    createdAt,
  };
  insertVersion(runner, version);
  void runner.send(noteVersion, [stateMachineArn, version.version]);
  return { kind: 'published', version };
}

export function insertVersion(runner: QueryRunner, record: VersionRecord): void {
  const { stateMachineArn, version, revisionId, description, createdAt } = record;
  void runner.send(insertVersionRow, [stateMachineArn, version, revisionId, encodeNullable(description), createdAt]);
}

/** Under the machine's lock: no alias can be made to route to it meanwhile. */
async function deleteVersion(
  database: Database,
  stateMachineArn: string,
  version: number,
): Promise<DeleteVersionOutcome> {
  return database.transaction(async (transaction): Promise<DeleteVersionOutcome> => {
    await lockMachine(transaction, stateMachineArn);
    const using = await transaction.send(aliasesOfVersion, [stateMachineArn, version]);
    if (using.length > 0) {
      await transaction.rollback();
      return { kind: 'in-use', aliases: using.map(({ name }) => name) };
    }
    void transaction.send(removeVersion, [stateMachineArn, version]);
    await transaction.commit();
    return { kind: 'deleted' };
  });
}

async function readVersions(database: Database, condition: SQL | undefined, limit: number): Promise<VersionRecord[]> {
  return database.cold((orm) =>
    orm.select().from(stateMachineVersions).where(condition).orderBy(desc(stateMachineVersions.version)).limit(limit),
  );
}
