import { createHmac, timingSafeEqual } from 'node:crypto';
import { ApiError } from './errors.ts';
import { QUOTAS } from './quotas.ts';

/** Where a page ended, in the words of the operation that made it. */
export type PagePosition = Readonly<Record<string, string | number>>;

/** What a token is bound to: the operation and those of its arguments that must stay the same from page to page. */
export interface PageScope {
  readonly operation: string;
  readonly arguments: readonly (string | number | boolean | undefined)[];
}

/**
 * Page tokens: opaque, signed under the installation's secret, good for 24 hours and for the very listing of the very
 * account they came from. Anything else is refused as InvalidToken, in constant time.
 */
export class PageTokens {
  readonly #source: { installationSecret(): Promise<string> };
  readonly #now: () => number;
  readonly #accountId: string;
  #key: Buffer | null = null;

  /** Of one account's listings. `now`: milliseconds since the epoch. */
  constructor(source: { installationSecret(): Promise<string> }, now: () => number, accountId: string) {
    this.#source = source;
    this.#now = now;
    this.#accountId = accountId;
  }

  async seal(scope: PageScope, position: PagePosition): Promise<string> {
    const payload = Buffer.from(JSON.stringify({ expires: this.#now() + QUOTAS.pageTokenLifeMs, position }));
    const mac = await this.#mac(scope, payload);
    return Buffer.concat([mac, payload]).toString('base64url');
  }

  /** The position a token holds; null without a token. Errors: InvalidToken. */
  async open(scope: PageScope, token: string | undefined): Promise<PagePosition | null> {
    if (token === undefined) return null;
    const bytes = Buffer.from(token, 'base64url');
    const mac = bytes.subarray(0, MAC_BYTES);
    const payload = bytes.subarray(MAC_BYTES);
    if (mac.length !== MAC_BYTES || !timingSafeEqual(mac, await this.#mac(scope, payload))) throw invalidToken();
    const { expires, position }: { expires: number; position: PagePosition } = JSON.parse(payload.toString());
    if (expires <= this.#now()) throw invalidToken();
    return position;
  }

  async #mac(scope: PageScope, payload: Buffer): Promise<Buffer> {
    // A failed read is not remembered: the store may be back for the next call.
    this.#key ??= Buffer.from(await this.#source.installationSecret(), 'hex');
    const { operation } = scope;
    const listed = scope.arguments.map((argument) => argument ?? null);
    const bound = JSON.stringify(['page-token', this.#accountId, operation, listed]);
    return createHmac('sha256', this.#key)
      .update(`${bound.length}:${bound}`)
      .update(payload)
      .digest()
      .subarray(0, MAC_BYTES);
  }
}

const MAC_BYTES = 16;

/** The position's member as text. Errors: InvalidToken (a token of another version). */
export function positionText(position: PagePosition, member: string): string {
  const value = position[member];
  if (typeof value !== 'string') throw invalidToken();
  return value;
}

export function positionNumber(position: PagePosition, member: string): number {
  const value = position[member];
  if (typeof value !== 'number') throw invalidToken();
  return value;
}

function invalidToken(): ApiError {
  return new ApiError('InvalidToken', "Invalid Token: 'Invalid token'");
}
