import { cookieValue, SealedValues, type SecretSource } from '../console/sealed-values.ts';
import type { Flow } from './oidc-sign-in.ts';

/** What a browser keeps while it is at the provider: of no use to another browser, nor after some minutes. */
export class FlowCookies {
  readonly #values: SealedValues;
  readonly #isSecure: boolean;

  constructor(source: SecretSource, isSecure: boolean) {
    this.#values = new SealedValues(source, 'console-oidc-flow');
    this.#isSecure = isSecure;
  }

  /** The Set-Cookie header. */
  async begin(flow: Flow, now: number): Promise<string> {
    const payload = Buffer.from(JSON.stringify(flow)).toString('base64url');
    return this.#header(await this.#values.seal(payload), Math.ceil((flow.expiresAt - now) / 1_000));
  }

  end(): Promise<string> {
    return this.#header('', 0);
  }

  /** null: there is none that holds. */
  async read(header: string | undefined, now: number): Promise<Flow | null> {
    if (header === undefined) return null;
    const payload = await this.#values.open(cookieValue(header, await this.#values.cookieName()) ?? '');
    if (payload === null) return null;
    const flow: Flow = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return flow.expiresAt > now ? flow : null;
  }

  /** The provider sends the browser back from its own site, which SameSite=Strict would not let it bring this along. */
  async #header(value: string, seconds: number): Promise<string> {
    const secure = this.#isSecure ? '; Secure' : '';
    const name = await this.#values.cookieName();
    return `${name}=${value}; Path=/console/oidc; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
  }
}
