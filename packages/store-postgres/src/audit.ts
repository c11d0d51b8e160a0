import type { AuditStore } from '@everstep/engine';
import { numberArray, uuidArray } from './columns.ts';
import type { Database } from './database.ts';
import { and, desc, eq, gte, lt } from './drizzle.ts';
import { auditLog } from './schema/installation.ts';
import { statement } from './statement.ts';
import { encodeText } from './text.ts';

const insertEntries = statement(
  'insert_audit_entries',
  `insert into audit_log (entry_id, at, account_id, user_arn, access_key_id, action, resource, request_id,
     source_address, outcome)
   select e.entry_id, e.at, e.account_id, e.user_arn, nullif(e.access_key_id, ''), e.action, e.resource, e.request_id,
     e.source_address, e.outcome
   from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
     $9::text[], $10::text[]) as e (entry_id, at, account_id, user_arn, access_key_id, action, resource, request_id,
     source_address, outcome)
   on conflict (entry_id) do nothing`,
);

const deleteBefore = statement<{ entry_id: string }>(
  'delete_audit_before',
  `delete from audit_log where entry_id = any(array(
     select entry_id from audit_log where at < $1 order by at limit $2 for update skip locked))
   returning entry_id`,
);

export function auditVerbs(database: Database): AuditStore {
  return {
    async recordAudit(entries) {
      const texts = (...columns: ReadonlyArray<readonly string[]>) => columns.map((column) => column.map(encodeText));
      await database.write(insertEntries, [
        uuidArray(entries.map(({ entryId }) => entryId)),
        numberArray(entries.map(({ at }) => at)),
        ...texts(
          entries.map(({ accountId }) => accountId),
          entries.map(({ userArn }) => userArn),
          entries.map(({ accessKeyId }) => accessKeyId ?? ''),
          entries.map(({ action }) => action),
          entries.map(({ resource }) => resource),
          entries.map(({ requestId }) => requestId),
          entries.map(({ sourceAddress }) => sourceAddress),
          entries.map(({ outcome }) => outcome),
        ),
      ]);
    },
    async listAudit({ accountId, accessKeyId, action, resource, since, beforeId, limit }) {
      return database.cold((orm) =>
        orm
          .select()
          .from(auditLog)
          .where(
            and(
              accountId === undefined ? undefined : eq(auditLog.accountId, accountId),
              accessKeyId === undefined ? undefined : eq(auditLog.accessKeyId, accessKeyId),
              action === undefined ? undefined : eq(auditLog.action, action),
              resource === undefined ? undefined : eq(auditLog.resource, resource),
              since === undefined ? undefined : gte(auditLog.at, since),
              beforeId === undefined ? undefined : lt(auditLog.entryId, beforeId),
            ),
          )
          .orderBy(desc(auditLog.entryId))
          .limit(limit),
      );
    },
    async deleteAuditBefore(at, limit) {
      return (await database.write(deleteBefore, [at, limit])).length;
    },
  };
}
