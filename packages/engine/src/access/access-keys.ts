import { createHash, randomBytes, randomInt } from 'node:crypto';
import { isValidName, parsePolicy } from '@everstep/protocol';
import type { AccessKeyRecord, AccessKeyStore } from '../ports/access-key-store.ts';
import type { MasterKeys } from './master-keys.ts';

export interface AccessKeyRequest {
  /** 12 digits. */
  readonly accountId: string;
  /** As in `arn:aws:iam::<account>:user/<name>`. */
  readonly userName: string;
  /** Whose approvals are the user's, too. */
  readonly groups?: readonly string[];
  /** IAM's JSON. */
  readonly policy: string;
  /** After this time the key is refused, and its requests must carry a session token; null: a long-term key. */
  readonly expiresAt: number | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What its owner needs; nobody can read the secret again. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | null;
}

/** An account or a name that no key can have. */
export class AccessKeyRequestError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AccessKeyRequestError';
  }
}

/** Ids as AWS's look: 20 characters, AKIA for long-term and ASIA for temporary keys. */
const ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const ID_RANDOM_LENGTH = 16;
const SECRET_BYTES = 30;
const SESSION_TOKEN_BYTES = 48;

/** Throws PolicyError for a policy that cannot be kept, AccessKeyRequestError for an account or a name that is none. */
export async function createAccessKey(
  store: AccessKeyStore,
  masterKeys: MasterKeys,
  request: AccessKeyRequest,
): Promise<Credentials> {
  const { accountId, userName, groups = [], policy, expiresAt, now } = request;
  if (!/^\d{12}$/.test(accountId)) throw new AccessKeyRequestError(`An account has 12 digits: '${accountId}'`);
  if (!isValidName(userName)) throw new AccessKeyRequestError(`This cannot be a user's name: '${userName}'`);
  const noGroup = groups.find((group) => !isValidName(group));
  if (noGroup !== undefined) throw new AccessKeyRequestError(`This cannot be a group's name: '${noGroup}'`);
  parsePolicy(policy);
  const temporary = expiresAt !== null;
  for (;;) {
    const accessKeyId = (temporary ? 'ASIA' : 'AKIA') + randomText(ID_RANDOM_LENGTH);
    const secretAccessKey = randomBytes(SECRET_BYTES).toString('base64');
    const sessionToken = temporary ? randomBytes(SESSION_TOKEN_BYTES).toString('base64') : null;
    const created = await store.createAccessKey({
      accessKeyId,
      accountId,
      userName,
      groups,
      policy,
      sealedSecret: masterKeys.seal(secretAccessKey, accessKeyId),
      sessionTokenHash: sessionToken === null ? null : sessionTokenHash(sessionToken),
      createdAt: now,
      expiresAt,
    });
    if (created) return { accessKeyId, secretAccessKey, sessionToken };
  }
}

function randomText(length: number): string {
  return Array.from({ length }, () => ID_ALPHABET[randomInt(ID_ALPHABET.length)]).join('');
}

/** SHA-256 in hex: a session token is 48 random bytes, so its hash tells nothing of it. */
export function sessionTokenHash(sessionToken: string): string {
  return createHash('sha256').update(sessionToken).digest('hex');
}

const PAGE = 500;

/** All keys, read page by page. */
export async function* allAccessKeys(store: AccessKeyStore): AsyncGenerator<AccessKeyRecord> {
  let page = await store.listAccessKeys({ limit: PAGE });
  while (page.length > 0) {
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    page = await store.listAccessKeys({ afterId: last.accessKeyId, limit: PAGE });
  }
}

/** Whether anybody could sign a request at the time. */
export async function hasUsableAccessKey(store: AccessKeyStore, now: number): Promise<boolean> {
  for await (const key of allAccessKeys(store)) {
    if (key.revokedAt === null && (key.expiresAt === null || key.expiresAt > now)) return true;
  }
  return false;
}

/** Seals every secret under the first master key. Any number may run at once, and again. Answers how many changed. */
export async function resealAccessKeys(store: AccessKeyStore, masterKeys: MasterKeys): Promise<number> {
  let resealed = 0;
  for await (const { accessKeyId, sealedSecret, revokedAt } of allAccessKeys(store)) {
    if (revokedAt !== null || masterKeys.isCurrent(sealedSecret)) continue;
    const secret = masterKeys.open(sealedSecret, accessKeyId);
    if (await store.resealAccessKey(accessKeyId, sealedSecret, masterKeys.seal(secret, accessKeyId))) resealed++;
  }
  return resealed;
}
