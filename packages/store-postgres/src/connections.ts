import type { ConnectionRecord, ConnectionStore } from '@everstep/engine';
import { connectionNameArn } from '@everstep/protocol';
import type { Database } from './database.ts';
import { and, asc, eq, gt, gte, lt } from './drizzle.ts';
import { connections } from './schema/installation.ts';
import { type Value, statement } from './statement.ts';
import { encodeNullable, encodeText } from './text.ts';

const insertConnection = statement<{ name_arn: string }>(
  'insert_connection',
  `insert into connections (name_arn, connection_arn, name, revision, description, authorization_type, state, state_reason,
     shown_parameters, sealed_parameters, created_at, modified_at, authorized_at)
   select $1::text, $2::text, $3::text, $4::integer, $5::text, $6::text, $7::text, $8::text, $9::text, $10::text,
     $11::bigint, $12::bigint, $13::bigint
   where (select count(*) from connections where name_arn >= $14::text and name_arn < $15::text) < $16::integer
   on conflict (name_arn) do nothing returning name_arn`,
);

const replaceRow = statement<{ name_arn: string }>(
  'replace_connection',
  `update connections set revision = $4, description = $5, authorization_type = $6, state = $7, state_reason = $8,
     shown_parameters = $9, sealed_parameters = $10, created_at = $11, modified_at = $12, authorized_at = $13
   where name_arn = $1 and connection_arn = $2 and name = $3 and revision = $14 returning name_arn`,
);

/** In the order of the statements' parameters. */
function valuesOf(connection: ConnectionRecord): Value[] {
  const { nameArn, connectionArn, name, revision, description, authorizationType, state, stateReason } = connection;
  const { shownParameters, sealedParameters, createdAt, modifiedAt, authorizedAt } = connection;
  return [
    ...[nameArn, connectionArn, name, revision, encodeNullable(description), authorizationType, state],
    ...[encodeNullable(stateReason), encodeText(shownParameters), sealedParameters],
    ...[createdAt, modifiedAt, authorizedAt],
  ];
}

/** The first text after all that begin with the prefix, which is not empty and in ASCII. */
function after(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}

export function connectionVerbs(database: Database): ConnectionStore {
  const find: ConnectionStore['findConnection'] = async (nameArn) => {
    const [found] = await database.cold((orm) =>
      orm.select().from(connections).where(eq(connections.nameArn, nameArn)),
    );
    return found ?? null;
  };
  return {
    async createConnection(connection, most) {
      const scope = connection.nameArn.slice(0, -connection.name.length);
      const inserted = await database.write(insertConnection, [...valuesOf(connection), scope, after(scope), most]);
      if (inserted.length > 0) return 'created';
      return (await find(connection.nameArn)) === null ? 'full' : 'exists';
    },
    findConnection: find,
    async listConnections({ namePrefix = '', state, afterName, limit, ...scope }) {
      const prefix = connectionNameArn(scope, namePrefix);
      return database.cold((orm) =>
        orm
          .select()
          .from(connections)
          .where(
            and(
              gte(connections.nameArn, prefix),
              lt(connections.nameArn, after(prefix)),
              afterName === undefined ? undefined : gt(connections.nameArn, connectionNameArn(scope, afterName)),
              state === undefined ? undefined : eq(connections.state, state),
            ),
          )
          .orderBy(asc(connections.nameArn))
          .limit(limit),
      );
    },
    async listAllConnections({ afterNameArn, limit }) {
      return database.cold((orm) =>
        orm
          .select()
          .from(connections)
          .where(afterNameArn === undefined ? undefined : gt(connections.nameArn, afterNameArn))
          .orderBy(asc(connections.nameArn))
          .limit(limit),
      );
    },
    async replaceConnection(connection, revision) {
      return (await database.write(replaceRow, [...valuesOf(connection), revision])).length > 0;
    },
    async deleteConnection(nameArn) {
      const [deleted] = await database.cold((orm) =>
        orm.delete(connections).where(eq(connections.nameArn, nameArn)).returning(),
      );
      return deleted ?? null;
    },
  };
}
