import type { TagRecord, TagStore } from '@everstep/engine';
import type { Database } from './database.ts';
import { asc, eq } from './drizzle.ts';
import { tags as tagTable } from './schema/catalog.ts';
import { type QueryRunner, statement } from './statement.ts';
import { encodeText } from './text.ts';

// Tags of one resource change one after the other: the limit is counted under its lock.
const lockMachineToTag = statement<{ arn: string }>(
  'lock_machine_to_tag',
  'select state_machine_arn as arn from state_machines where state_machine_arn = $1 for update',
);
const lockActivityToTag = statement<{ arn: string }>(
  'lock_activity_to_tag',
  'select activity_arn as arn from activities where activity_arn = $1 for update',
);

const findTagged = statement<{ found: boolean }>(
  'find_tagged',
  `select exists (select 1 from state_machines where state_machine_arn = $1)
     or exists (select 1 from activities where activity_arn = $1) as found`,
);

const putTag = statement(
  'put_tag',
  `insert into tags (resource_arn, tag_key, tag_value) values ($1, $2, $3)
   on conflict (resource_arn, tag_key) do update set tag_value = excluded.tag_value`,
);

const countTags = statement<{ count: number }>(
  'count_tags',
  'select count(*) as count from tags where resource_arn = $1',
);

const removeTags = statement('delete_tags', 'delete from tags where resource_arn = $1 and tag_key = any($2)');

export function tagVerbs(database: Database): TagStore {
  return {
    async listTags(resourceArn) {
      const [tagged] = await database.read(findTagged, [resourceArn]);
      if (tagged?.found !== true) return null;
      return database.cold((orm) =>
        orm
          .select({ key: tagTable.tagKey, value: tagTable.tagValue })
          .from(tagTable)
          .where(eq(tagTable.resourceArn, resourceArn))
          .orderBy(asc(tagTable.tagKey)),
      );
    },
    async tagResource(resourceArn, tags, limit) {
      return database.transaction(async (transaction) => {
        if (!(await lockTagged(transaction, resourceArn))) {
          await transaction.rollback();
          return 'no-resource';
        }
        putTags(transaction, resourceArn, tags);
        const [counted] = await transaction.send(countTags, [resourceArn]);
        if (counted !== undefined && counted.count > limit) {
          await transaction.rollback();
          return 'too-many';
        }
        await transaction.commit();
        return 'tagged';
      });
    },
    async untagResource(resourceArn, keys) {
      return database.transaction(async (transaction) => {
        const found = await lockTagged(transaction, resourceArn);
        if (found) void transaction.send(removeTags, [resourceArn, [...keys]]);
        if (found) await transaction.commit();
        else await transaction.rollback();
        return found;
      });
    },
  };
}

async function lockTagged(runner: QueryRunner, resourceArn: string): Promise<boolean> {
  const found = await Promise.all([
    runner.send(lockMachineToTag, [resourceArn]),
    runner.send(lockActivityToTag, [resourceArn]),
  ]);
  return found.some((rows) => rows.length > 0);
}

export function putTags(runner: QueryRunner, resourceArn: string, tags: readonly TagRecord[]): void {
  for (const { key, value } of tags) void runner.send(putTag, [resourceArn, key, encodeText(value)]);
}
