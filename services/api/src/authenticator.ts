import { timingSafeEqual } from 'node:crypto';
import {
  type AccessKeyRecord,
  type AccessKeyStore,
  type Logger,
  type MasterKeySource,
  SealedSecretError,
  sessionTokenHash,
} from '@everstep/engine';
import {
  ApiError,
  type RequestSignature,
  type SignedRequest,
  type SigningKey,
  type VerificationOptions,
  checkSignatureClaims,
  deriveSigningKey,
  parsePolicy,
  readSignature,
  verifySignature,
} from '@everstep/protocol';
import type { Caller } from './caller.ts';

export interface AuthenticatorOptions {
  readonly store: AccessKeyStore;
  readonly masterKeys: MasterKeySource;
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly logger: Logger;
}

/** Who a request claims to come from: nothing of it is verified before its body is there. */
export interface Claim {
  readonly signature: RequestSignature;
  readonly key: KnownKey;
}

interface KnownKey {
  readonly record: AccessKeyRecord;
  readonly caller: Caller;
  readonly secretAccessKey: string;
  /** By service, each of the day it was last used for. */
  readonly signing: Map<string, { readonly date: string; readonly key: SigningKey }>;
}

interface Lookup {
  readonly at: number;
  readonly key: Promise<KnownKey | null>;
}

/** How long a key that was read is trusted: a revoked one is refused everywhere after that. In milliseconds. */
const TRUST_MS = 5_000;
/** How exact the date of a key's last use is, in milliseconds. */
const USE_NOTED_EVERY_MS = 60_000;
/** Guessed ids must not fill the memory. */
const MAX_LOOKUPS = 10_000;

/** Finds out who signed a request. */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #lookups = new Map<string, Lookup>();
  readonly #usesNotedAt = new Map<string, number>();

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /**
   * What the headers alone tell, before the body is read. `service`: AWS's signing name of what is called. Errors:
   * MissingAuthenticationTokenException, IncompleteSignatureException, InvalidSignatureException,
   * UnrecognizedClientException.
   */
  async identify(request: SignedRequest, service: string): Promise<Claim> {
    const { region, now } = this.#options;
    const signature = readSignature(request);
    checkSignatureClaims(signature, { region, service }, now());
    const key = await this.#find(signature.accessKeyId);
    if (key === null) throw unrecognised();
    return { signature, key };
  }

  /** Errors: InvalidSignatureException, UnrecognizedClientException, ExpiredTokenException. */
  verify(claim: Claim, request: SignedRequest, body: Uint8Array, options: VerificationOptions): Caller {
    const { signature, key } = claim;
    verifySignature(signature, request, body, this.#signingKey(claim), options);
    const { sessionTokenHash: expected, expiresAt, accessKeyId } = key.record;
    if (!isSessionToken(signature.securityToken, expected)) throw unrecognised();
    const now = this.#options.now();
    if (expiresAt !== null && expiresAt <= now) {
      throw new ApiError('ExpiredTokenException', 'The security token included in the request is expired');
    }
    this.#noteUse(accessKeyId, now);
    return key.caller;
  }

  /** Who has a key, for somebody who has proved before to have its secret; null: it is revoked, expired or unknown. */
  async recognise(accessKeyId: string): Promise<Caller | null> {
    const key = await this.#find(accessKeyId);
    const now = this.#options.now();
    const expiresAt = key?.record.expiresAt ?? null;
    if (key === null || (expiresAt !== null && expiresAt <= now)) return null;
    this.#noteUse(accessKeyId, now);
    return key.caller;
  }

  #signingKey({ key, signature }: Claim): SigningKey {
    const { date, region, service } = signature.scope;
    const known = key.signing.get(service);
    // A signature's date is today, or yesterday around midnight.
    if (known?.date === date) return known.key;
    const derived = deriveSigningKey(key.secretAccessKey, date, { region, service });
    key.signing.set(service, { date, key: derived });
    return derived;
  }

  #find(accessKeyId: string): Promise<KnownKey | null> {
    const now = this.#options.now();
    const known = this.#lookups.get(accessKeyId);
    if (known !== undefined && now - known.at < TRUST_MS && now >= known.at) return known.key;
    const lookup = { at: now, key: this.#load(accessKeyId, known?.key) };
    this.#lookups.delete(accessKeyId);
    this.#lookups.set(accessKeyId, lookup);
    // A failed read is not remembered: the store may be back for the next request.
    lookup.key.catch(() => this.#lookups.delete(accessKeyId));
    for (const oldest of this.#lookups.keys()) {
      if (this.#lookups.size <= MAX_LOOKUPS) break;
      this.#lookups.delete(oldest);
    }
    return lookup.key;
  }

  async #load(accessKeyId: string, before: Promise<KnownKey | null> | undefined): Promise<KnownKey | null> {
    const record = await this.#options.store.findAccessKey(accessKeyId);
    if (record === null || record.revokedAt !== null) return null;
    const former = await before?.catch(() => null);
    // Keeps its signing key and its compiled policy.
    if (former?.record.sealedSecret === record.sealedSecret) return former;
    const { accountId, userName, groups, policy } = record;
    const userArn = `arn:aws:iam::${accountId}:user/${userName}`;
    const caller = { accessKeyId, accountId, userArn, userName, groups, policy: parsePolicy(policy) };
    return { record, caller, secretAccessKey: this.#openSecret(record), signing: new Map() };
  }

  #openSecret({ accessKeyId, sealedSecret }: AccessKeyRecord): string {
    const { masterKeys } = this.#options;
    try {
      return masterKeys.current().open(sealedSecret, accessKeyId);
    } catch (error) {
      if (!(error instanceof SealedSecretError)) throw error;
      // The master key may have been replaced since this process started.
      return masterKeys.reload().open(sealedSecret, accessKeyId);
    }
  }

  #noteUse(accessKeyId: string, usedAt: number): void {
    if (usedAt - (this.#usesNotedAt.get(accessKeyId) ?? 0) < USE_NOTED_EVERY_MS) return;
    this.#usesNotedAt.set(accessKeyId, usedAt);
    this.#options.store.noteAccessKeyUse([{ accessKeyId, usedAt }]).catch((error: unknown) => {
      this.#options.logger.warn({ err: error, accessKeyId }, 'the last use of an access key could not be noted');
    });
  }
}

function isSessionToken(token: string | null, expectedHash: string | null): boolean {
  if (token === null || expectedHash === null) return token === null && expectedHash === null;
  return timingSafeEqual(Buffer.from(sessionTokenHash(token)), Buffer.from(expectedHash));
}

function unrecognised(): ApiError {
  return new ApiError('UnrecognizedClientException', 'The security token included in the request is invalid.');
}
