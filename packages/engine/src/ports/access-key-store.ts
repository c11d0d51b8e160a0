/** An access key: who may sign requests, in which account, and what they may do. */
export interface AccessKeyRecord {
  readonly accessKeyId: string;
  /** 12 digits. */
  readonly accountId: string;
  readonly userName: string;
  /** Whose approvals are the user's, too. */
  readonly groups: readonly string[];
  /** IAM's JSON, as it was given. */
  readonly policy: string;
  /** The secret under a master key: SigV4 needs it back, so a hash cannot serve. Empty once the key is revoked. */
  readonly sealedSecret: string;
  /** SHA-256 in hex of the session token that a temporary key's requests carry; null: a long-term key. */
  readonly sessionTokenHash: string | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  /** To the minute or so. */
  readonly lastUsedAt: number | null;
}

export type NewAccessKey = Omit<AccessKeyRecord, 'revokedAt' | 'lastUsedAt'>;

export interface AccessKeyStore {
  /** False where the id is taken. */
  createAccessKey(key: NewAccessKey): Promise<boolean>;
  findAccessKey(accessKeyId: string): Promise<AccessKeyRecord | null>;
  /** By id, ascending by code point; revoked and expired ones too. */
  listAccessKeys(page: { afterId?: string; limit: number }): Promise<AccessKeyRecord[]>;
  /** For good, and the secret is gone. False where there is no such key or it was revoked before. */
  revokeAccessKey(accessKeyId: string, revokedAt: number): Promise<boolean>;
  /** The same secret under another master key. False where it is not sealed as `from` any more. */
  resealAccessKey(accessKeyId: string, from: string, to: string): Promise<boolean>;
  /** Moves lastUsedAt forward, never back. */
  noteAccessKeyUse(uses: ReadonlyArray<{ readonly accessKeyId: string; readonly usedAt: number }>): Promise<void>;
}
