import type { CatalogStore, NewStateMachine, RevisionRecord, StateMachineRecord } from '@everstep/engine';
import { stateMachineArn } from '@everstep/protocol';
import { and, asc, eq, type SQL } from 'drizzle-orm';
import { between } from './arn-range.ts';
import type { Database } from './database.ts';
import { stateMachineRevisions, stateMachines } from './schema.ts';
import { statement } from './statement.ts';
import { encodeText } from './text.ts';

const insertMachine = statement<{ state_machine_arn: string }>(
  'insert_state_machine',
  `insert into state_machines (state_machine_arn, name, type, status, created_at, revision_id, revision_number)
   values ($1, $2, $3, 'ACTIVE', $4, $5, 1) on conflict (state_machine_arn) do nothing returning state_machine_arn`,
);

const insertRevision = statement(
  'insert_revision',
  `insert into state_machine_revisions (revision_id, state_machine_arn, definition, role_arn, configuration, created_at)
   values ($1, $2, $3, $4, $5, $6)`,
);

const updateMachine = statement<{ state_machine_arn: string }>(
  'update_state_machine',
  `update state_machines set revision_id = $2, revision_number = revision_number + 1
   where state_machine_arn = $1 and status = 'ACTIVE' returning state_machine_arn`,
);

// Waits for the starts that hold the row FOR SHARE: none of them commits afterwards.
const markDeleting = statement<{ state_machine_arn: string }>(
  'mark_deleting',
  `update state_machines set status = 'DELETING' where state_machine_arn = $1 and status = 'ACTIVE'
   returning state_machine_arn`,
);

const purgeMachine = statement<{ state_machine_arn: string }>(
  'purge_state_machine',
  `delete from state_machines m where m.state_machine_arn = $1 and m.status = 'DELETING' and not exists (
     select 1 from executions e where e.state_machine_arn = $1 and e.status in ('RUNNING', 'PENDING_REDRIVE'))
   returning m.state_machine_arn`,
);

export function catalogVerbs(database: Database): CatalogStore {
  return {
    async createStateMachine(machine) {
      return createStateMachine(database, machine);
    },
    async findStateMachine(stateMachineArn) {
      const [found] = await readMachines(database, eq(stateMachines.stateMachineArn, stateMachineArn), 1);
      return found ?? null;
    },
    async findRevision(revisionId) {
      const [found] = await database.cold((orm) =>
        orm.select().from(stateMachineRevisions).where(eq(stateMachineRevisions.revisionId, revisionId)),
      );
      return found ?? null;
    },
    async updateStateMachine(stateMachineArn, revision) {
      return updateStateMachine(database, { ...revision, stateMachineArn });
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
  const { stateMachineArn, name, type, createdAt, revision } = machine;
  const created = await database.transaction(async (transaction) => {
    const values = [stateMachineArn, name, type, createdAt, revision.revisionId];
    const rows = await transaction.send(insertMachine, values);
    if (rows.length > 0) {
      void transaction.send(insertRevision, revisionValues({ ...revision, stateMachineArn, createdAt }));
    }
    await transaction.commit();
    return rows.length > 0;
  });
  const [stateMachine] = await readMachines(database, eq(stateMachines.stateMachineArn, stateMachineArn), 1);
  if (stateMachine !== undefined) return { created, stateMachine };
  // It was there a moment ago and has been purged since: then it can be created.
  return createStateMachine(database, machine);
}

async function updateStateMachine(database: Database, revision: RevisionRecord): Promise<StateMachineRecord | null> {
  const updated = await database.transaction(async (transaction) => {
    const rows = await transaction.send(updateMachine, [revision.stateMachineArn, revision.revisionId]);
    if (rows.length > 0) void transaction.send(insertRevision, revisionValues(revision));
    await transaction.commit();
    return rows.length > 0;
  });
  if (!updated) return null;
  const [found] = await readMachines(database, eq(stateMachines.stateMachineArn, revision.stateMachineArn), 1);
  return found ?? null;
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
  }));
}
