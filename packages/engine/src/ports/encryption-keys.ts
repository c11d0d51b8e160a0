/** A key that people made on this installation, as KMS would hold it: data keys are kept under it. */
export interface EncryptionKey {
  /** A UUID: the last part of the key's ARN. */
  readonly keyId: string;
  /** 12 digits: whose resources may name it. */
  readonly accountId: string;
  readonly state: 'ENABLED' | 'DISABLED';
  /** The first wraps, all of them unwrap; a rotation puts a new one in front. */
  readonly versions: readonly EncryptionKeyVersion[];
}

export interface EncryptionKeyVersion {
  readonly versionId: string;
  /** 32 of them. */
  readonly bytes: Buffer;
}

export type EncryptionKeyName =
  | { readonly kind: 'key'; readonly keyId: string }
  | { readonly kind: 'alias'; readonly alias: string; readonly accountId: string };

/** The keys at hand, always as they are now. It answers at once: nothing is sealed or opened without asking it. */
export interface EncryptionKeys {
  hasKeys(): boolean;
  find(name: EncryptionKeyName): EncryptionKey | null;
}

export const noEncryptionKeys: EncryptionKeys = { hasKeys: () => false, find: () => null };
