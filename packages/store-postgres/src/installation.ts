import { randomBytes } from 'node:crypto';
import type { Database } from './database.ts';
import { statement } from './statement.ts';

const SECRET_BYTES = 32;

const makeSecret = statement(
  'make_secret',
  'insert into installation (id, secret) values (1, $1) on conflict (id) do nothing',
);

const readSecret = statement<{ secret: string }>('read_secret', 'select secret from installation where id = 1');

/** Made by whoever asks first; everybody gets the one that was kept. */
export async function installationSecret(database: Database): Promise<string> {
  const [known] = await database.read(readSecret);
  if (known !== undefined) return known.secret;
  await database.write(makeSecret, [randomBytes(SECRET_BYTES).toString('hex')]);
  const [kept] = await database.read(readSecret);
  if (kept === undefined) throw new Error('store-postgres: the installation has no secret after it was written');
  return kept.secret;
}
