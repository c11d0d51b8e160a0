import { boolean, index, integer, pgTable, primaryKey, sql, text, uniqueIndex } from '../drizzle.ts';
import { freeText, key, milliseconds } from './columns.ts';

// What is declared: state machines with their revisions, versions and aliases, activities, and everybody's tags.

export const stateMachines = pgTable(
  'state_machines',
  {
    stateMachineArn: key('state_machine_arn').primaryKey(),
    name: key().notNull(),
    type: text().$type<'STANDARD' | 'EXPRESS'>().notNull(),
    status: text().$type<'ACTIVE' | 'DELETING'>().notNull(),
    createdAt: milliseconds('created_at').notNull(),
    revisionId: key('revision_id').notNull(),
    revisionNumber: integer('revision_number').notNull(),
    /** The greatest version number ever given. */
    lastVersion: integer('last_version').notNull().default(0),
    /** Whether it was created with a version, and what that was described as. */
    publishedAtCreation: boolean('published_at_creation').notNull().default(false),
    creationDescription: freeText('creation_description'),
  },
  (table) => [
    index('state_machines_by_name').on(table.name),
    index('state_machines_deleting').on(table.stateMachineArn).where(sql`${table.status} = 'DELETING'`),
  ],
);

export const stateMachineRevisions = pgTable(
  'state_machine_revisions',
  {
    revisionId: key('revision_id').primaryKey(),
    stateMachineArn: key('state_machine_arn').notNull(),
    definition: freeText().notNull(),
    roleArn: freeText('role_arn').notNull(),
    configuration: freeText().notNull(),
    createdAt: milliseconds('created_at').notNull(),
  },
  (table) => [index('state_machine_revisions_by_machine').on(table.stateMachineArn)],
);

export const stateMachineVersions = pgTable(
  'state_machine_versions',
  {
    stateMachineArn: key('state_machine_arn').notNull(),
    version: integer().notNull(),
    revisionId: key('revision_id').notNull(),
    description: freeText(),
    createdAt: milliseconds('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.stateMachineArn, table.version] }),
    uniqueIndex('state_machine_versions_by_revision').on(table.stateMachineArn, table.revisionId),
  ],
);

/** At most a hundred of a machine: its routes are short arrays, the same place of both being one route. */
export const stateMachineAliases = pgTable(
  'state_machine_aliases',
  {
    stateMachineArn: key('state_machine_arn').notNull(),
    name: key().notNull(),
    description: freeText(),
    versions: integer().array().notNull(),
    weights: integer().array().notNull(),
    createdAt: milliseconds('created_at').notNull(),
    updatedAt: milliseconds('updated_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.stateMachineArn, table.name] })],
);

export const tags = pgTable(
  'tags',
  {
    resourceArn: key('resource_arn').notNull(),
    tagKey: key('tag_key').notNull(),
    tagValue: freeText('tag_value').notNull(),
  },
  (table) => [primaryKey({ columns: [table.resourceArn, table.tagKey] })],
);

export const activities = pgTable(
  'activities',
  {
    activityArn: key('activity_arn').primaryKey(),
    name: key().notNull(),
    createdAt: milliseconds('created_at').notNull(),
    /** JSON text; null: an AWS owned key. */
    encryption: freeText(),
  },
  (table) => [index('activities_by_name').on(table.name)],
);
