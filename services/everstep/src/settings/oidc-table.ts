import { integer, issuer, pattern, text } from './kinds.ts';
import type { Take } from './table.ts';

/** The identity provider by which people sign in to the console. */
export function oidcSettings(take: Take) {
  return {
    oidcIssuer: take({
      name: 'EVERSTEP_OIDC_ISSUER',
      kind: issuer,
      fallback: null,
      about:
        'OpenID Connect provider by which people sign in to the console, where callers must sign; see docs/security.md.',
    }),
    oidcClientId: take({
      name: 'EVERSTEP_OIDC_CLIENT_ID',
      kind: text("the client's id"),
      fallback: null,
      about:
        'What this server is at the provider; its redirect address is EVERSTEP_PUBLIC_URL with `/console/oidc/callback`.',
    }),
    oidcClientSecret: take({
      name: 'EVERSTEP_OIDC_CLIENT_SECRET',
      kind: text("the client's secret"),
      fallback: null,
      secret: true,
      about: 'Its secret there; without one it is a public client, which PKCE protects.',
    }),
    oidcAccessFile: take({
      name: 'EVERSTEP_OIDC_ACCESS_FILE',
      kind: text('a file'),
      fallback: null,
      about: 'JSON file that says which groups and claims let whom in, into which account, with which policy.',
    }),
    oidcScopes: take({
      name: 'EVERSTEP_OIDC_SCOPES',
      kind: pattern('scopes with blanks between, openid among them', /^(?=(.* )?openid( |$))[!-~]+( [!-~]+)*$/),
      fallback: 'openid profile email',
      about: 'What is asked of the provider.',
    }),
    oidcUserClaim: take({
      name: 'EVERSTEP_OIDC_USER_CLAIM',
      kind: text('the name of a claim'),
      fallback: 'preferred_username',
      about: "Claim that is the user's name; one that people cannot change by themselves.",
    }),
    oidcGroupsClaim: take({
      name: 'EVERSTEP_OIDC_GROUPS_CLAIM',
      kind: text('the name of a claim'),
      fallback: 'groups',
      about: "Claim with the user's groups; of one within another its path, as realm_access.roles.",
    }),
    oidcName: take({
      name: 'EVERSTEP_OIDC_NAME',
      kind: text('a name'),
      fallback: 'single sign-on',
      about: 'What the button of the sign-in page says to sign in with.',
    }),
    oidcSessionMinutes: take({
      name: 'EVERSTEP_OIDC_SESSION_MINUTES',
      kind: integer(1, 10_080),
      fallback: 480,
      about: 'How long such a session lasts: the provider is asked again after that.',
    }),
  };
}
