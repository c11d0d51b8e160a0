import { readFileSync, statSync } from 'node:fs';
import { AccessRules, AccessRulesError, type OidcOptions } from '@everstep/api-service';
import type { Logger } from '@everstep/engine';
import type { Config } from '../config.ts';
import { messageOf, StartError } from '../start-error.ts';

/** How old what a process knows of the file may be, in milliseconds. */
const LOOK_EVERY_MS = 2_000;

/** How people sign in by the identity provider; null: there is none. Throws StartError where the rules are not right. */
export function openOidc(config: Config, logger: Logger): OidcOptions | null {
  const { oidcIssuer, oidcClientId, oidcAccessFile, publicUrl } = config;
  // What of these is not there was refused with the settings.
  if (oidcIssuer === null || oidcClientId === null || oidcAccessFile === null || publicUrl === null) return null;
  const rules = new WatchedRules(oidcAccessFile, config.accountId, logger);
  return {
    issuer: oidcIssuer,
    clientId: oidcClientId,
    clientSecret: config.oidcClientSecret,
    scopes: config.oidcScopes,
    userClaim: config.oidcUserClaim,
    groupsClaim: config.oidcGroupsClaim,
    name: config.oidcName,
    publicUrl: publicUrl.replace(/\/+$/, ''),
    sessionMs: config.oidcSessionMinutes * 60_000,
    rules: () => rules.current(),
  };
}

/** A changed file counts within two seconds; one that is not right leaves the rules as they were. */
class WatchedRules {
  readonly #path: string;
  readonly #accountId: string;
  readonly #logger: Logger;
  #rules: AccessRules;
  #stamp: string;
  #lookedAt = performance.now();

  constructor(path: string, accountId: string, logger: Logger) {
    this.#path = path;
    this.#accountId = accountId;
    this.#logger = logger;
    this.#stamp = this.#stampOfFile();
    this.#rules = this.#read();
  }

  current(): AccessRules {
    if (performance.now() - this.#lookedAt < LOOK_EVERY_MS) return this.#rules;
    this.#lookedAt = performance.now();
    try {
      const stamp = this.#stampOfFile();
      if (stamp !== this.#stamp) this.#rules = this.#read();
      this.#stamp = stamp;
    } catch (error) {
      this.#logger.error({ err: error }, 'the rules of access could not be read again; the present ones stay');
    }
    return this.#rules;
  }

  #stampOfFile(): string {
    try {
      const { mtimeMs, ino, size } = statSync(this.#path);
      return `${mtimeMs} ${ino} ${size}`;
    } catch (error) {
      throw this.#problem(messageOf(error));
    }
  }

  #read(): AccessRules {
    try {
      return AccessRules.parse(readFileSync(this.#path, 'utf8'), this.#accountId);
    } catch (error) {
      throw this.#problem(error instanceof AccessRulesError ? error.message : messageOf(error));
    }
  }

  #problem(why: string): StartError {
    return new StartError(`EVERSTEP_OIDC_ACCESS_FILE: ${this.#path}: ${why}.`);
  }
}
