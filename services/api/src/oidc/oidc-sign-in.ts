import type * as openid from 'openid-client';
import type { AccessRules } from './access-rules.ts';
import { claimTexts, type Person } from './person.ts';

export interface OidcOptions {
  /** As its discovery document names it: https, or http on a loopback address. */
  readonly issuer: string;
  readonly clientId: string;
  /** null: a public client, which PKCE alone protects. */
  readonly clientSecret: string | null;
  /** With blanks between. */
  readonly scopes: string;
  /** The claim that is the user's name. */
  readonly userClaim: string;
  readonly groupsClaim: string;
  /** What the button says to sign in with. */
  readonly name: string;
  /** Where browsers reach this server, without a slash at the end. */
  readonly publicUrl: string;
  readonly sessionMs: number;
  /** As they are at the moment. */
  readonly rules: () => AccessRules;
}

/** What a browser keeps between its leaving for the provider and its coming back. */
export interface Flow {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** Where in the console it goes on. */
  readonly to: string;
  readonly expiresAt: number;
}

/** Why nobody was signed in: `reason` is for the page, the message for the log. */
export class SignInFailure extends Error {
  readonly reason: 'denied' | 'expired' | 'failed' | 'unknown' | 'no-access' | 'unreachable';

  constructor(reason: SignInFailure['reason'], message: string) {
    super(message);
    this.name = 'SignInFailure';
    this.reason = reason;
  }
}

const FLOW_MS = 10 * 60_000;
const TIMEOUT_SECONDS = 10;
/** How long what the provider says of itself is good, in milliseconds. */
const DISCOVERED_MS = 3_600_000;
export const CALLBACK_PATH = '/console/oidc/callback';

type Library = typeof openid;

/** Signs people in whom an OpenID Connect provider knows: authorization code, PKCE, state and nonce. */
export class OidcSignIn {
  readonly options: OidcOptions;
  #provider: { readonly at: number; readonly found: Promise<openid.Configuration> } | null = null;

  constructor(options: OidcOptions) {
    this.options = options;
  }

  /** Where the browser is sent. Throws SignInFailure. */
  async begin(to: string, now: number): Promise<{ readonly url: string; readonly flow: Flow }> {
    const library = await load();
    const provider = await this.#discovered(library, now);
    const [state, nonce, verifier] = [library.randomState(), library.randomNonce(), library.randomPKCECodeVerifier()];
    const url = library.buildAuthorizationUrl(provider, {
      redirect_uri: this.options.publicUrl + CALLBACK_PATH,
      scope: this.options.scopes,
      state,
      nonce,
      code_challenge: await library.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    return { url: url.href, flow: { state, nonce, verifier, to, expiresAt: now + FLOW_MS } };
  }

  /** Who came back with this query: `?code=…&state=…`. Throws SignInFailure. */
  async finish(query: string, flow: Flow, now: number): Promise<Person> {
    const library = await load();
    const provider = await this.#discovered(library, now);
    const address = new URL(this.options.publicUrl + CALLBACK_PATH + query);
    const checks = {
      pkceCodeVerifier: flow.verifier,
      expectedState: flow.state,
      expectedNonce: flow.nonce,
      idTokenExpected: true,
    };
    const tokens = await library.authorizationCodeGrant(provider, address, checks).catch((error: unknown) => {
      throw failureOf(library, error);
    });
    const claims = tokens.claims();
    if (claims === undefined) throw new SignInFailure('failed', 'the provider sent no ID token');
    const told = await this.#completed(library, provider, { claims, accessToken: tokens.access_token });
    return this.#personOf(told);
  }

  /** Some providers tell names and groups by their UserInfo endpoint alone. */
  async #completed(
    library: Library,
    provider: openid.Configuration,
    { claims, accessToken }: { readonly claims: openid.IDToken; readonly accessToken: string },
  ): Promise<Readonly<Record<string, unknown>>> {
    const { userClaim, groupsClaim, rules } = this.options;
    const wanted = [userClaim, groupsClaim, ...rules().claimNames];
    const isThere = wanted.every((name) => claimTexts(claims, name).length > 0);
    if (isThere || provider.serverMetadata().userinfo_endpoint === undefined) return claims;
    const more = await library.fetchUserInfo(provider, accessToken, claims.sub).catch((error: unknown) => {
      throw failureOf(library, error);
    });
    // What is signed counts more.
    return { ...more, ...claims };
  }

  #personOf(claims: Readonly<Record<string, unknown>>): Person {
    const { userClaim, groupsClaim, rules } = this.options;
    const [userName] = claimTexts(claims, userClaim);
    if (userName === undefined) {
      throw new SignInFailure('unknown', `the provider told no claim '${userClaim}', which is to be the user's name`);
    }
    // Elsewhere people may write down any address as theirs.
    if (userClaim === 'email' && claims['email_verified'] !== true) {
      throw new SignInFailure('unknown', 'the address is the user’s name, and the provider has not verified it');
    }
    const known = rules().claimNames.map((name) => [name, claimTexts(claims, name)] as const);
    const groups = claimTexts(claims, groupsClaim);
    return { userName, groups, claims: Object.fromEntries(known.filter(([, texts]) => texts.length > 0)) };
  }

  #discovered(library: Library, now: number): Promise<openid.Configuration> {
    if (this.#provider !== null && now - this.#provider.at < DISCOVERED_MS) return this.#provider.found;
    const provider = { at: now, found: this.#discover(library) };
    this.#provider = provider;
    // A failure is not remembered.
    provider.found.catch(() => {
      if (this.#provider === provider) this.#provider = null;
    });
    return provider.found;
  }

  async #discover(library: Library): Promise<openid.Configuration> {
    const { issuer, clientId, clientSecret } = this.options;
    const isPlain = issuer.startsWith('http:');
    const authentication = clientSecret === null ? library.None() : bySecret(library, clientSecret);
    try {
      return await library.discovery(new URL(issuer), clientId, undefined, authentication, {
        timeout: TIMEOUT_SECONDS,
        // ID tokens come over TLS from the provider itself; their signatures are checked all the same.
        execute: [library.enableNonRepudiationChecks, ...(isPlain ? [library.allowInsecureRequests] : [])],
      });
    } catch (error) {
      throw new SignInFailure('unreachable', `the provider ${issuer} could not be asked: ${messageOf(error)}`);
    }
  }
}

/** In the header, as every provider must take it, unless this one takes it in the body alone. */
function bySecret(library: Library, secret: string): openid.ClientAuth {
  const [basic, post] = [library.ClientSecretBasic(secret), library.ClientSecretPost(secret)];
  return (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported ?? [];
    const isPost = methods.includes('client_secret_post') && !methods.includes('client_secret_basic');
    return (isPost ? post : basic)(server, client, body, headers);
  };
}

/** Only those who use it pay for it. */
function load(): Promise<Library> {
  return import('openid-client');
}

function failureOf(library: Library, error: unknown): SignInFailure {
  if (error instanceof library.AuthorizationResponseError && error.error === 'access_denied') {
    return new SignInFailure('denied', 'the provider let nobody in: access_denied');
  }
  return new SignInFailure('failed', messageOf(error));
}

/** What was wrong, never what it was about: tokens and codes stay out of it, and so does what a provider wrote. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
  const { cause } = error;
  const isOwn = cause instanceof Error && OWN_ERRORS.has(cause.name);
  return `${error.message}${code}${isOwn ? `: ${messageOf(cause)}` : ''}`;
}

/** Errors whose messages are the library's own words. */
const OWN_ERRORS: ReadonlySet<string> = new Set(['OperationProcessingError', 'UnsupportedOperationError']);
