import type { ActivityStore } from '@everstep/engine';
import { activityArn } from '@everstep/protocol';
import { between } from './arn-range.ts';
import type { Database } from './database.ts';
import { asc, eq } from './drizzle.ts';
import { activities } from './schema/catalog.ts';
import { statement } from './statement.ts';
import { putTags } from './tags.ts';

const insertActivity = statement<{ activity_arn: string }>(
  'insert_activity',
  `insert into activities (activity_arn, name, created_at, encryption) values ($1, $2, $3, $4)
   on conflict (activity_arn) do nothing returning activity_arn`,
);

const removeActivity = statement(
  'delete_activity',
  `with tags_gone as (delete from tags where resource_arn = $1) delete from activities where activity_arn = $1`,
);

export function activityVerbs(database: Database): ActivityStore {
  const find: ActivityStore['findActivity'] = async (activityArn) => {
    const [found] = await database.cold((orm) =>
      orm.select().from(activities).where(eq(activities.activityArn, activityArn)),
    );
    return found ?? null;
  };
  return {
    async createActivity(activity, tags = []) {
      const { activityArn, name, createdAt, encryption } = activity;
      await database.transaction(async (transaction) => {
        const created = await transaction.send(insertActivity, [activityArn, name, createdAt, encryption]);
        if (created.length > 0) putTags(transaction, activityArn, tags);
        await transaction.commit();
      });
      return (await find(activity.activityArn)) ?? activity;
    },
    findActivity: find,
    async deleteActivity(activityArn) {
      await database.write(removeActivity, [activityArn]);
    },
    async listActivities({ afterName, limit, ...scope }) {
      return database.cold((orm) =>
        orm
          .select()
          .from(activities)
          .where(between(activities.activityArn, activityArn(scope, ''), afterName))
          .orderBy(asc(activities.activityArn))
          .limit(limit),
      );
    },
  };
}
