import type { operations } from '@everstep/protocol';
import type { ConnectionRecord } from '../ports/connection-store.ts';
import type { Outgoing } from '../ports/outgoing.ts';
import { requestToken } from './request-token.ts';

/** How long a token endpoint may take, in milliseconds. */
const TOKEN_MS = 10_000;
/** A token is renewed this long before it ends, or in the last tenth of its life. */
const EARLY_MS = 60_000;
const MAX_TOKENS = 1_000;

interface Kept {
  /** The sealed parameters that it was asked for with: other ones make another token. */
  readonly of: string;
  readonly authorization: Promise<string>;
  renewAt: number;
}

/** The tokens of this process's connections, each asked for once by all who need it meanwhile. */
export class AccessTokens {
  readonly #outgoing: Outgoing;
  readonly #now: () => number;
  readonly #kept = new Map<string, Kept>();

  /** `now`: milliseconds since the epoch. */
  constructor(outgoing: Outgoing, now: () => number) {
    this.#outgoing = outgoing;
    this.#now = now;
  }

  /**
   * The value of the header Authorization. `refused`: the service took this one no more. `asked`: told when an endpoint
   * gave a new one. Throws what `requestToken` throws.
   */
  async authorization(
    { connectionArn, sealedParameters }: Pick<ConnectionRecord, 'connectionArn' | 'sealedParameters'>,
    oauth: operations.ConnectionOAuthParameters,
    { refused, asked }: { readonly refused?: string; readonly asked?: () => void } = {},
  ): Promise<string> {
    for (;;) {
      const known = this.#kept.get(connectionArn);
      if (known === undefined || known.of !== sealedParameters || this.#now() >= known.renewAt) {
        return this.#ask(connectionArn, sealedParameters, oauth, asked);
      }
      const authorization = await known.authorization;
      if (authorization !== refused) return authorization;
      // Unless somebody has asked for a new one in the meantime.
      if (this.#kept.get(connectionArn) === known) this.#kept.delete(connectionArn);
    }
  }

  async #ask(
    connectionArn: string,
    of: string,
    oauth: operations.ConnectionOAuthParameters,
    asked: (() => void) | undefined,
  ): Promise<string> {
    const token = requestToken(this.#outgoing, oauth, AbortSignal.timeout(TOKEN_MS));
    const kept: Kept = {
      of,
      authorization: token.then(({ authorization, lifeMs }) => {
        kept.renewAt = this.#now() + lifeMs - Math.min(EARLY_MS, lifeMs / 10);
        asked?.();
        return authorization;
      }),
      renewAt: Number.POSITIVE_INFINITY,
    };
    this.#kept.delete(connectionArn);
    this.#kept.set(connectionArn, kept);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MAX_TOKENS) break;
      this.#kept.delete(oldest);
    }
    try {
      return await kept.authorization;
    } catch (error) {
      if (this.#kept.get(connectionArn) === kept) this.#kept.delete(connectionArn);
      throw error;
    }
  }
}
