import type {
  AliasRecord,
  AliasRefusal,
  AliasRoute,
  AliasStore,
  CreateAliasOutcome,
  UpdateAliasOutcome,
} from '@everstep/engine';
import { numberArray } from './columns.ts';
import type { Database } from './database.ts';
import { and, asc, eq, gt, type SQL, sql } from './drizzle.ts';
import { lockMachine, refusal } from './machine-lock.ts';
import { stateMachineAliases } from './schema/catalog.ts';
import { type QueryRunner, statement } from './statement.ts';
import { decodeNullable, encodeNullable, encodeText } from './text.ts';
import type { Transaction } from './transaction.ts';

interface AliasRow {
  readonly state_machine_arn: string;
  readonly name: string;
  readonly description: string | null;
  readonly versions: readonly number[];
  readonly weights: readonly number[];
  readonly created_at: number;
  readonly updated_at: number;
}

const COLUMNS = 'state_machine_arn, name, description, versions, weights, created_at, updated_at';

const findAlias = statement<AliasRow>(
  'find_alias',
  `select ${COLUMNS} from state_machine_aliases where state_machine_arn = $1 and name = $2`,
);

const countAliases = statement<{ count: number }>(
  'count_aliases',
  'select count(*) as count from state_machine_aliases where state_machine_arn = $1',
);

const insertAlias = statement(
  'insert_alias',
  `insert into state_machine_aliases (${COLUMNS}) values ($1, $2, $3, $4::int[], $5::int[], $6, $7)`,
);

const changeAlias = statement<AliasRow>(
  'update_alias',
  `update state_machine_aliases set description = coalesce($3, description), versions = coalesce($4::int[], versions),
     weights = coalesce($5::int[], weights), updated_at = $6
   where state_machine_arn = $1 and name = $2 returning ${COLUMNS}`,
);

const removeAlias = statement(
  'delete_alias',
  'delete from state_machine_aliases where state_machine_arn = $1 and name = $2',
);

const missingVersions = statement<{ version: number }>(
  'missing_versions',
  `select u.version from unnest($2::int[]) with ordinality as u(version, place)
   where not exists (select 1 from state_machine_versions v where v.state_machine_arn = $1 and v.version = u.version)
   order by u.place limit 1`,
);

export function aliasVerbs(database: Database): AliasStore {
  return {
    async createAlias(alias, limit) {
      return database.transaction((transaction) => createAlias(transaction, alias, limit));
    },
    async findAlias(stateMachineArn, name) {
      const [found] = await database.read(findAlias, [stateMachineArn, name]);
      return found === undefined ? null : aliasRecord(found);
    },
    async updateAlias(stateMachineArn, name, change) {
      return database.transaction(async (transaction): Promise<UpdateAliasOutcome> => {
        const { description, routes, updatedAt } = change;
        const refused = await refuse(transaction, stateMachineArn, routes ?? []);
        const [updated] = await transaction.send(changeAlias, [
          ...[stateMachineArn, name, description === undefined ? null : encodeText(description)],
          ...(routes === undefined ? [null, null] : routeArrays(routes)),
          updatedAt,
        ]);
        const outcome: UpdateAliasOutcome =
          updated === undefined ? { kind: 'no-alias' } : (refused ?? { kind: 'updated', alias: aliasRecord(updated) });
        if (outcome.kind === 'updated') await transaction.commit();
        else await transaction.rollback();
        return outcome;
      });
    },
    async deleteAlias(stateMachineArn, name) {
      await database.write(removeAlias, [stateMachineArn, name]);
    },
    async listAliases({ stateMachineArn, version, afterName, limit }) {
      const { versions } = stateMachineAliases;
      return listAliases(
        database,
        and(
          eq(stateMachineAliases.stateMachineArn, stateMachineArn),
          version === undefined ? undefined : sql`${version}::int = any(${versions})`,
          afterName === undefined ? undefined : gt(stateMachineAliases.name, afterName),
        ),
        limit,
      );
    },
  };
}

async function createAlias(transaction: Transaction, alias: AliasRecord, limit: number): Promise<CreateAliasOutcome> {
  const { stateMachineArn, name, description, routes, createdAt, updatedAt } = alias;
  const outcome = await decideCreation(transaction, alias, limit);
  if (outcome.kind !== 'created') {
    await transaction.rollback();
    return outcome;
  }
  const values = [stateMachineArn, name, encodeNullable(description), ...routeArrays(routes), createdAt, updatedAt];
  void transaction.send(insertAlias, values);
  await transaction.commit();
  return outcome;
}

async function decideCreation(runner: QueryRunner, alias: AliasRecord, limit: number): Promise<CreateAliasOutcome> {
  const { stateMachineArn, name, routes } = alias;
  const refused = await refuse(runner, stateMachineArn, routes);
  if (refused !== null && refused.kind !== 'no-version') return refused;
  const [[existing], [counted]] = await Promise.all([
    runner.send(findAlias, [stateMachineArn, name]),
    runner.send(countAliases, [stateMachineArn]),
  ]);
  if (existing !== undefined) return { kind: 'existing', alias: aliasRecord(existing) };
  if (refused !== null) return refused;
  return counted !== undefined && counted.count >= limit ? { kind: 'limit' } : { kind: 'created', alias };
}

/** Locks the machine: its versions stay as they are until the end of the transaction. */
async function refuse(
  runner: QueryRunner,
  stateMachineArn: string,
  routes: readonly AliasRoute[],
): Promise<AliasRefusal | null> {
  const refused = refusal(await lockMachine(runner, stateMachineArn));
  if (refused !== null || routes.length === 0) return refused;
  const versions = numberArray(routes.map(({ version }) => version));
  const [missing] = await runner.send(missingVersions, [stateMachineArn, versions]);
  return missing === undefined ? null : { kind: 'no-version', version: missing.version };
}

function routeArrays(routes: readonly AliasRoute[]): [versions: string, weights: string] {
  return [numberArray(routes.map(({ version }) => version)), numberArray(routes.map(({ weight }) => weight))];
}

function aliasRecord(row: AliasRow): AliasRecord {
  return {
    stateMachineArn: row.state_machine_arn,
    name: row.name,
    description: decodeNullable(row.description),
    routes: zip(row.versions, row.weights),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function zip(versions: readonly number[], weights: readonly number[]): AliasRoute[] {
  return versions.map((version, index) => ({ version, weight: weights[index] ?? 0 }));
}

async function listAliases(database: Database, condition: SQL | undefined, limit: number): Promise<AliasRecord[]> {
  const rows = await database.cold((orm) =>
    orm.select().from(stateMachineAliases).where(condition).orderBy(asc(stateMachineAliases.name)).limit(limit),
  );
  return rows.map(({ versions, weights, ...alias }) => ({ ...alias, routes: zip(versions, weights) }));
}
