import type {
  CatalogStore,
  MachineUpdate,
  NewStateMachine,
  RevisionRecord,
  StateMachineRecord,
  UpdateOutcome,
} from '@everstep/engine';
import { stateMachineArn } from '@everstep/protocol';
import { between } from './arn-range.ts';
import type { Database } from './database.ts';
import { and, asc, eq, type SQL } from './drizzle.ts';
import { stateMachineRevisions, stateMachines } from './schema/catalog.ts';
import { lockMachine, refusal } from './machine-lock.ts';
import { statement } from './statement.ts';
import { putTags } from './tags.ts';
import { decodeNullable, decodeText, encodeNullable, encodeText } from './text.ts';
import { insertVersion, publishLocked } from './versions.ts';

const insertMachine = statement<{ state_machine_arn: string }>(
  'insert_state_machine',
  `insert into state_machines (state_machine_arn, name, type, status, created_at, revision_id, revision_number,
     last_version, published_at_creation, creation_description)
   values ($1, $2, $3, 'ACTIVE', $4, $5, 1, $6, $7, $8) on conflict (state_machine_arn) do nothing
   returning state_machine_arn`,
);

interface MachineRow {
  readonly state_machine_arn: string;
  readonly name: string;
  readonly type: 'STANDARD' | 'EXPRESS';
  readonly status: 'ACTIVE' | 'DELETING';
  readonly created_at: number;
  readonly revision_number: number;
  readonly revision_id: string;
  readonly definition: string;
  readonly role_arn: string;
  readonly configuration: string;
  readonly revised_at: number;
  readonly published_at_creation: boolean;
  readonly creation_description: string | null;
}

// Every start reads it, together with all who start the same machine meanwhile.
const findMachine = statement<MachineRow>(
  'find_state_machine',
  `select m.state_machine_arn, m.name, m.type, m.status, m.created_at, m.revision_number, r.revision_id, r.definition,
     r.role_arn, r.configuration, r.created_at as revised_at,
     m.published_at_creation, m.creation_description
   from state_machines m join state_machine_revisions r on r.revision_id = m.revision_id where m.state_machine_arn = $1`,
);

function machineRecord(row: MachineRow): StateMachineRecord {
  return {
    stateMachineArn: row.state_machine_arn,
    name: row.name,
    type: row.type,
    status: row.status,
    createdAt: row.created_at,
    revision: {
      revisionId: row.revision_id,
      stateMachineArn: row.state_machine_arn,
      definition: decodeText(row.definition),
      roleArn: decodeText(row.role_arn),
      configuration: decodeText(row.configuration),
      createdAt: row.revised_at,
    },
    revisionNumber: row.revision_number,
    publishedAtCreation: row.published_at_creation ? { description: decodeNullable(row.creation_description) } : null,
  };
}

const insertRevision = statement(
  'insert_revision',
  `insert into state_machine_revisions (revision_id, state_machine_arn, definition, role_arn, configuration, created_at)
   values ($1, $2, $3, $4, $5, $6)`,
);

const updateMachine = statement(
  'update_state_machine',
  `update state_machines set revision_id = $2, revision_number = revision_number + 1 where state_machine_arn = $1`,
);

// Waits for the starts that hold the row FOR SHARE: none of them commits afterwards.
const markDeleting = statement<{ state_machine_arn: string }>(
  'mark_deleting',
  `update state_machines set status = 'DELETING' where state_machine_arn = $1 and status = 'ACTIVE'
   returning state_machine_arn`,
);

const purgeMachine = statement<{ state_machine_arn: string }>(
  'purge_state_machine',
  `with gone as (
     delete from state_machines m where m.state_machine_arn = $1 and m.status = 'DELETING' and not exists (
       select 1 from executions e where e.state_machine_arn = $1 and e.status in ('RUNNING', 'PENDING_REDRIVE'))
       and not exists (select 1 from map_runs r where r.state_machine_arn = $1 and r.status = 'RUNNING')
     returning m.state_machine_arn),
   versions_gone as (delete from state_machine_versions where state_machine_arn in (select state_machine_arn from gone)),
   aliases_gone as (delete from state_machine_aliases where state_machine_arn in (select state_machine_arn from gone)),
   tags_gone as (delete from tags where resource_arn in (select state_machine_arn from gone))
   select state_machine_arn from gone`,
);

export function catalogVerbs(database: Database): CatalogStore {
  return {
    async createStateMachine(machine) {
      return createStateMachine(database, machine);
    },
    async findStateMachine(stateMachineArn) {
      const [row] = await database.read(findMachine, [stateMachineArn]);
      return row === undefined ? null : machineRecord(row);
    },
    async findRevision(revisionId) {
      const [found] = await database.cold((orm) =>
        orm.select().from(stateMachineRevisions).where(eq(stateMachineRevisions.revisionId, revisionId)),
      );
      return found ?? null;
    },
    async updateStateMachine(stateMachineArn, update) {
      return updateStateMachine(database, stateMachineArn, update);
    },
    async markStateMachineDeleting(stateMachineArn) {
      return (await database.write(markDeleting, [stateMachineArn])).length > 0;
    },
    async listDeletingStateMachines(limit) {
      const rows = await database.cold((orm) =>
        orm
          .select({ stateMachineArn: stateMachines.stateMachineArn })
          .from(stateMachines)
          .where(eq(stateMachines.status, 'DELETING'))
          .limit(limit),
      );
      return rows.map((row) => row.stateMachineArn);
    },
    // Its revisions stay while ended executions name them; the retention removes them with the last of those.
    async purgeStateMachine(stateMachineArn) {
      return (await database.write(purgeMachine, [stateMachineArn])).length > 0;
    },
    async listStateMachines({ afterName, limit, ...scope }) {
      const arn = stateMachines.stateMachineArn;
      return readMachines(database, between(arn, stateMachineArn(scope, ''), afterName), limit);
    },
  };
}

async function createStateMachine(
  database: Database,
  machine: NewStateMachine,
): ReturnType<CatalogStore['createStateMachine']> {
  const { stateMachineArn, name, type, createdAt, revision, publish, tags = [] } = machine;
  const isPublished = publish !== undefined;
  const description = publish?.description ?? null;
  const publication = [isPublished ? 1 : 0, isPublished, encodeNullable(description)];
  const created = await database.transaction(async (transaction) => {
    const values = [stateMachineArn, name, type, createdAt, revision.revisionId, ...publication];
    const rows = await transaction.send(insertMachine, values);
    if (rows.length > 0) {
      void transaction.send(insertRevision, revisionValues({ ...revision, stateMachineArn, createdAt }));
      if (isPublished) {
        const { revisionId } = revision;
        insertVersion(transaction, { stateMachineArn, version: 1, revisionId, description, createdAt });
      }
      putTags(transaction, stateMachineArn, tags);
    }
    await transaction.commit();
    return rows.length > 0;
  });
  const [stateMachine] = await readMachines(database, eq(stateMachines.stateMachineArn, stateMachineArn), 1);
  if (stateMachine !== undefined) return { created, stateMachine };
  // It was there a moment ago and has been purged since: then it can be created.
  return createStateMachine(database, machine);
}

async function updateStateMachine(
  database: Database,
  stateMachineArn: string,
  { revision, publish }: MachineUpdate,
): Promise<UpdateOutcome> {
  const outcome = await database.transaction(async (transaction) => {
    const machine = await lockMachine(transaction, stateMachineArn);
    const refused = refusal(machine);
    if (refused !== null) {
      await transaction.rollback();
      return refused;
    }
    if (revision !== undefined) {
      void transaction.send(updateMachine, [stateMachineArn, revision.revisionId]);
      void transaction.send(insertRevision, revisionValues({ ...revision, stateMachineArn }));
    }
    const published = publish === undefined ? null : await publishLocked(transaction, { ...publish, stateMachineArn });
    if (published !== null && published.kind !== 'published') await transaction.rollback();
    else await transaction.commit();
    return published;
  });
  if (outcome !== null && outcome.kind !== 'published') return outcome;
  const [stateMachine] = await readMachines(database, eq(stateMachines.stateMachineArn, stateMachineArn), 1);
  if (stateMachine === undefined) return { kind: 'no-machine' };
  return { kind: 'updated', stateMachine, version: outcome === null ? null : outcome.version };
}

function revisionValues(revision: RevisionRecord): Array<string | number> {
  const { revisionId, stateMachineArn, definition, roleArn, configuration, createdAt } = revision;
  return [
    revisionId,
    stateMachineArn,
    encodeText(definition),
    encodeText(roleArn),
    encodeText(configuration),
    createdAt,
  ];
}

async function readMachines(
  database: Database,
  condition: SQL | undefined,
  limit: number,
): Promise<StateMachineRecord[]> {
  const rows = await database.cold((orm) =>
    orm
      .select({ machine: stateMachines, revision: stateMachineRevisions })
      .from(stateMachines)
      .innerJoin(stateMachineRevisions, eq(stateMachineRevisions.revisionId, stateMachines.revisionId))
      .where(and(condition))
      .orderBy(asc(stateMachines.stateMachineArn))
      .limit(limit),
  );
  return rows.map(({ machine, revision }) => ({
    stateMachineArn: machine.stateMachineArn,
    name: machine.name,
    type: machine.type,
    status: machine.status,
    createdAt: machine.createdAt,
    revision,
    revisionNumber: machine.revisionNumber,
    publishedAtCreation: machine.publishedAtCreation ? { description: machine.creationDescription } : null,
  }));
}
