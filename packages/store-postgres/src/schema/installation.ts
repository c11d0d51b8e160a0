import { boolean, check, index, integer, pgTable, smallint, sql, text, uuid } from '../drizzle.ts';
import { freeText, key, milliseconds } from './columns.ts';

// What the installation itself is made of: its secret, its processes, who may do what in it, and who did.

type ConnectionState =
  | 'CREATING'
  | 'UPDATING'
  | 'DELETING'
  | 'AUTHORIZED'
  | 'DEAUTHORIZED'
  | 'AUTHORIZING'
  | 'DEAUTHORIZING';

export const installation = pgTable(
  'installation',
  { id: smallint().primaryKey(), secret: text().notNull() },
  (table) => [check('installation_has_one_row', sql`${table.id} = 1`)],
);

export const workers = pgTable('workers', {
  workerId: key('worker_id').primaryKey(),
  host: freeText().notNull(),
  registeredAt: milliseconds('registered_at').notNull(),
  leaseUntil: milliseconds('lease_until').notNull(),
  dead: boolean().notNull().default(false),
});

export const accessKeys = pgTable('access_keys', {
  accessKeyId: key('access_key_id').primaryKey(),
  accountId: key('account_id').notNull(),
  userName: freeText('user_name').notNull(),
  groups: text().array().notNull().default(sql`'{}'`),
  policy: freeText().notNull(),
  sealedSecret: text('sealed_secret').notNull(),
  sessionTokenHash: text('session_token_hash'),
  createdAt: milliseconds('created_at').notNull(),
  expiresAt: milliseconds('expires_at'),
  revokedAt: milliseconds('revoked_at'),
  lastUsedAt: milliseconds('last_used_at'),
});

export const connections = pgTable('connections', {
  nameArn: key('name_arn').primaryKey(),
  connectionArn: key('connection_arn').notNull(),
  name: key().notNull(),
  revision: integer().notNull(),
  description: freeText(),
  authorizationType: text('authorization_type').$type<'BASIC' | 'OAUTH_CLIENT_CREDENTIALS' | 'API_KEY'>().notNull(),
  state: text().$type<ConnectionState>().notNull(),
  stateReason: freeText('state_reason'),
  /** JSON text without secrets, and all of it sealed. */
  shownParameters: freeText('shown_parameters').notNull(),
  sealedParameters: text('sealed_parameters').notNull(),
  createdAt: milliseconds('created_at').notNull(),
  modifiedAt: milliseconds('modified_at').notNull(),
  authorizedAt: milliseconds('authorized_at'),
});

export const auditLog = pgTable(
  'audit_log',
  {
    entryId: uuid('entry_id').primaryKey(),
    at: milliseconds('at').notNull(),
    accountId: freeText('account_id').notNull(),
    userArn: freeText('user_arn').notNull(),
    accessKeyId: freeText('access_key_id'),
    action: freeText().notNull(),
    resource: freeText().notNull(),
    requestId: freeText('request_id').notNull(),
    sourceAddress: freeText('source_address').notNull(),
    outcome: freeText().notNull(),
  },
  (table) => [index('audit_log_by_time').on(table.at)],
);
