import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';

export const OIDC_CLIENT = { clientId: 'everstep', clientSecret: 'of-the-client' } as const;

/** What the provider does from now on; what is left out, it does as it should. */
export interface OidcBehaviour {
  /** Of whoever signs in. */
  readonly claims?: JWTPayload;
  /** Changes what the ID token says, beside those. */
  readonly token?: JWTPayload;
  /** How the ID token is signed: not at all, or with a key that is not published. */
  readonly signature?: 'none' | 'unknown-key';
  /** What only the UserInfo endpoint tells. */
  readonly userInfo?: JWTPayload;
  readonly isDenied?: boolean;
}

/** An OpenID Connect provider on loopback that asks nobody for a password. */
export interface OidcProvider {
  readonly issuer: string;
  behave(behaviour: OidcBehaviour): void;
  /** What was asked for, newest last: the path. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

interface Grant {
  readonly nonce: string;
  readonly challenge: string;
  readonly redirectUri: string;
}

/** Answers what is asked of it: the status, and a body or the address of a redirect. */
type Answer = { readonly body: object; readonly status?: number } | { readonly location: string };

class LoopbackProvider {
  issuer = '';
  behaviour: OidcBehaviour = {};
  readonly asked: string[] = [];
  readonly #grants = new Map<string, Grant>();
  readonly #key: CryptoKey;
  readonly #strangeKey: CryptoKey;
  readonly #jwk: object;

  constructor(keys: { readonly key: CryptoKey; readonly strangeKey: CryptoKey; readonly jwk: object }) {
    this.#key = keys.key;
    this.#strangeKey = keys.strangeKey;
    this.#jwk = keys.jwk;
  }

  async answer(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? '/', this.issuer);
    this.asked.push(url.pathname);
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return { body: this.#metadata() };
      case '/jwks':
        return { body: { keys: [{ ...this.#jwk, kid: 'one', alg: 'RS256', use: 'sig' }] } };
      case '/authorize':
        return { location: this.#authorize(url.searchParams) };
      case '/token':
        return this.#token(request, new URLSearchParams(await textOf(request)));
      case '/userinfo':
        return { body: { sub: 'subject-1', ...this.behaviour.userInfo } };
      default:
        return { status: 404, body: {} };
    }
  }

  #metadata(): object {
    const { issuer } = this;
    return {
      ...{ issuer, jwks_uri: `${issuer}/jwks`, userinfo_endpoint: `${issuer}/userinfo` },
      ...{ authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` },
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      code_challenge_methods_supported: ['S256'],
    };
  }

  #authorize(query: URLSearchParams): string {
    const redirectUri = query.get('redirect_uri') ?? '';
    const back = new URL(redirectUri);
    back.searchParams.set('state', query.get('state') ?? '');
    if (this.behaviour.isDenied === true) {
      back.searchParams.set('error', 'access_denied');
      return back.href;
    }
    const code = randomUUID();
    const [nonce, challenge] = [query.get('nonce') ?? '', query.get('code_challenge') ?? ''];
    this.#grants.set(code, { nonce, challenge, redirectUri });
    back.searchParams.set('code', code);
    return back.href;
  }

  async #token(request: IncomingMessage, form: URLSearchParams): Promise<Answer> {
    const { clientId, clientSecret } = OIDC_CLIENT;
    const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
    // The library writes both as in a form, which encodes the hyphens.
    const given = decodeURIComponent(Buffer.from(request.headers.authorization?.slice(6) ?? '', 'base64').toString());
    if (`Basic ${Buffer.from(given).toString('base64')}` !== basic) {
      return { status: 401, body: { error: 'invalid_client' } };
    }
    const grant = this.#grants.get(form.get('code') ?? '');
    this.#grants.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (grant?.challenge !== challenge || grant.redirectUri !== form.get('redirect_uri')) {
      return { status: 400, body: { error: 'invalid_grant' } };
    }
    const idToken = await this.#idToken(grant.nonce);
    return { body: { access_token: randomUUID(), token_type: 'Bearer', expires_in: 60, id_token: idToken } };
  }

  async #idToken(nonce: string): Promise<string> {
    const { claims = {}, token = {}, signature } = this.behaviour;
    const now = Math.floor(Date.now() / 1_000);
    const payload = {
      ...{ iss: this.issuer, aud: OIDC_CLIENT.clientId, sub: 'subject-1', nonce, iat: now, exp: now + 300 },
      ...claims,
      ...token,
    };
    if (signature === 'none') return new UnsecuredJWT(payload).encode();
    const key = signature === 'unknown-key' ? this.#strangeKey : this.#key;
    return new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(key);
  }
}

export async function startOidcProvider(): Promise<OidcProvider> {
  const [{ privateKey: key, publicKey }, { privateKey: strangeKey }] = await Promise.all([
    generateKeyPair('RS256'),
    generateKeyPair('RS256'),
  ]);
  const provider = new LoopbackProvider({ key, strangeKey, jwk: await exportJWK(publicKey) });
  const server = createServer((request, response) => {
    provider.answer(request).then(
      (answer) => send(response, answer),
      (error: unknown) => send(response, { status: 500, body: { error: String(error) } }),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  provider.issuer = `http://127.0.0.1:${port}`;
  return {
    issuer: provider.issuer,
    asked: provider.asked,
    behave: (behaviour) => {
      provider.behaviour = behaviour;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function send(response: ServerResponse, answer: Answer): void {
  if ('location' in answer) {
    response.writeHead(302, { location: answer.location }).end();
    return;
  }
  response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
