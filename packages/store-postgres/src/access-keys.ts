import type { AccessKeyRecord, AccessKeyStore } from '@everstep/engine';
import { numberArray } from './columns.ts';
import type { Database } from './database.ts';
import { asc, eq, gt } from './drizzle.ts';
import { accessKeys } from './schema/installation.ts';
import { statement } from './statement.ts';
import { encodeText } from './text.ts';

const insertKey = statement<{ access_key_id: string }>(
  'insert_access_key',
  `insert into access_keys (access_key_id, account_id, user_name, policy, sealed_secret, session_token_hash, created_at,
     expires_at, groups)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (access_key_id) do nothing returning access_key_id`,
);

const revokeKey = statement<{ access_key_id: string }>(
  'revoke_access_key',
  `update access_keys set revoked_at = $2, sealed_secret = '' where access_key_id = $1 and revoked_at is null
   returning access_key_id`,
);

const resealKey = statement<{ access_key_id: string }>(
  'reseal_access_key',
  `update access_keys set sealed_secret = $3 where access_key_id = $1 and sealed_secret = $2 returning access_key_id`,
);

const noteUse = statement(
  'note_access_key_use',
  `update access_keys k set last_used_at = greatest(coalesce(k.last_used_at, 0), u.used_at)
   from unnest($1::text[], $2::bigint[]) as u (access_key_id, used_at) where k.access_key_id = u.access_key_id`,
);

export function accessKeyVerbs(database: Database): AccessKeyStore {
  return {
    async createAccessKey(key) {
      const { accessKeyId, accountId, userName, policy, sealedSecret, sessionTokenHash, createdAt, expiresAt, groups } =
        key;
      const texts = [accessKeyId, accountId, encodeText(userName), encodeText(policy), sealedSecret];
      const rows = await database.write(insertKey, [...texts, sessionTokenHash, createdAt, expiresAt, groups]);
      return rows.length > 0;
    },
    async findAccessKey(accessKeyId): Promise<AccessKeyRecord | null> {
      // Whatever comes in a request may be asked for; no key has a NUL in its id.
      if (accessKeyId.includes('\0')) return null;
      const [found] = await database.cold((orm) =>
        orm.select().from(accessKeys).where(eq(accessKeys.accessKeyId, accessKeyId)),
      );
      return found ?? null;
    },
    async listAccessKeys({ afterId, limit }) {
      return database.cold((orm) =>
        orm
          .select()
          .from(accessKeys)
          .where(afterId === undefined ? undefined : gt(accessKeys.accessKeyId, afterId))
          .orderBy(asc(accessKeys.accessKeyId))
          .limit(limit),
      );
    },
    async revokeAccessKey(accessKeyId, revokedAt) {
      return (await database.write(revokeKey, [accessKeyId, revokedAt])).length > 0;
    },
    async resealAccessKey(accessKeyId, from, to) {
      return (await database.write(resealKey, [accessKeyId, from, to])).length > 0;
    },
    async noteAccessKeyUse(uses) {
      const used = numberArray(uses.map(({ usedAt }) => usedAt));
      await database.write(noteUse, [uses.map(({ accessKeyId }) => accessKeyId), used]);
    },
  };
}
