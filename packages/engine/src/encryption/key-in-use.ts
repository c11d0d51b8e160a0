import { ApiError, type EncryptionConfiguration } from '@everstep/protocol';
import type { EncryptionKey, EncryptionKeyName, EncryptionKeys } from '../ports/encryption-keys.ts';

/** Under which key something is sealed, and for whom. */
export interface SealScope {
  /** An alias, alias ARN, key id or key ARN, as the configuration names it. */
  readonly kmsKeyId: string;
  readonly accountId: string;
  /** How long one data key seals, in milliseconds. */
  readonly reuseMs: number;
}

const DEFAULT_REUSE_SECONDS = 300;
const KEY_ARN = /^arn:aws[a-z-]*:kms:[a-z0-9-]*:(\d{12}):(key|alias)\/(.+)$/;

/** The configuration as AWS keeps and shows it. Errors: InvalidEncryptionConfiguration, KmsAccessDeniedException. */
export function completeEncryption(
  keys: EncryptionKeys,
  accountId: string,
  configuration: EncryptionConfiguration,
): EncryptionConfiguration {
  const { type, kmsKeyId, kmsDataKeyReusePeriodSeconds = DEFAULT_REUSE_SECONDS } = configuration;
  if (type === 'AWS_OWNED_KEY') return configuration;
  if (kmsKeyId === undefined) {
    throw invalid('kmsKeyId must be set where the type is CUSTOMER_MANAGED_KMS_KEY.');
  }
  if (findKey(keys, kmsKeyId, accountId).state !== 'ENABLED')
    throw invalid(`the KMS key '${kmsKeyId}' is not enabled.`);
  return { type, kmsKeyId, kmsDataKeyReusePeriodSeconds };
}

function invalid(why: string): ApiError {
  return new ApiError('InvalidEncryptionConfiguration', `Invalid Encryption Configuration: ${why}`);
}

/** null: it is not sealed under a key of its own. */
export function scopeOf(configuration: EncryptionConfiguration, accountId: string): SealScope | null {
  const { type, kmsKeyId, kmsDataKeyReusePeriodSeconds = DEFAULT_REUSE_SECONDS } = configuration;
  if (type === 'AWS_OWNED_KEY' || kmsKeyId === undefined) return null;
  return { kmsKeyId, accountId, reuseMs: kmsDataKeyReusePeriodSeconds * 1_000 };
}

/** Errors: KmsAccessDeniedException, KmsInvalidStateException. */
export function requireKey(keys: EncryptionKeys, { kmsKeyId, accountId }: SealScope): EncryptionKey {
  return requireEnabled(findKey(keys, kmsKeyId, accountId));
}

/** By its id. Errors: KmsAccessDeniedException, KmsInvalidStateException. */
export function requireKeyById(keys: EncryptionKeys, keyId: string): EncryptionKey {
  return requireEnabled(keys.find({ kind: 'key', keyId }) ?? denied(keyId));
}

function requireEnabled(key: EncryptionKey): EncryptionKey {
  if (key.state === 'ENABLED') return key;
  throw new ApiError('KmsInvalidStateException', `The KMS key '${key.keyId}' is disabled.`, {
    kmsKeyState: key.state,
  });
}

function findKey(keys: EncryptionKeys, kmsKeyId: string, accountId: string): EncryptionKey {
  const key = keys.find(nameOf(kmsKeyId, accountId));
  return key === null || key.accountId !== accountId ? denied(kmsKeyId) : key;
}

/** A key of another account is answered as one that is not there. */
function denied(kmsKeyId: string): never {
  throw new ApiError(
    'KmsAccessDeniedException',
    `The KMS key '${kmsKeyId}' does not exist, or this account may not use it.`,
  );
}

function nameOf(kmsKeyId: string, ownAccountId: string): EncryptionKeyName {
  const [, account, kind, name] = KEY_ARN.exec(kmsKeyId) ?? [];
  if (account !== undefined && name !== undefined) {
    return kind === 'alias' ? { kind, alias: name, accountId: account } : { kind: 'key', keyId: name };
  }
  return kmsKeyId.startsWith('alias/')
    ? { kind: 'alias', alias: kmsKeyId.slice('alias/'.length), accountId: ownAccountId }
    : { kind: 'key', keyId: kmsKeyId };
}
