export { InProcessApi, type InProcessApiOptions } from './in-process-api.ts';
export { type ApiServer, type ApiServerOptions, createApiServer } from './server.ts';
export { Authenticator, type AuthenticatorOptions } from './authenticator.ts';
export type { RateLimit, RateLimits } from './rate-limiter.ts';
export type { TlsIdentity } from './tls.ts';
export { AccessRules, AccessRulesError } from './oidc/access-rules.ts';
export type { OidcOptions } from './oidc/oidc-sign-in.ts';
