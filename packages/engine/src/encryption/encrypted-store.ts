import type { EncryptionKeys } from '../ports/encryption-keys.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import { approvalsOver } from './sealed-approvals.ts';
import { catalogOver } from './encrypted-catalog.ts';
import { executionsOver } from './encrypted-executions.ts';
import { EncryptedRuns } from './encrypted-runs.ts';
import { SealScopes, type ScopeOfRevision, scopeOfConfiguration } from './seal-scopes.ts';
import { jobStopsOver } from './sealed-job-stops.ts';
import { mapRunsOver } from './sealed-map-runs.ts';
import { Sealer } from './sealer.ts';

export interface EncryptedStoreOptions {
  readonly keys: EncryptionKeys;
  readonly logger: Logger;
  /** By the revision's configuration where absent. */
  readonly scopeOfRevision?: ScopeOfRevision;
}

/**
 * Any store, with the data of those state machines and activities sealed that name a key: whatever the store keeps, logs,
 * replicates or backs up of it is unreadable without the key. What names no key passes through as it is.
 */
export function encryptedStore(inner: Store, options: EncryptedStoreOptions): Store {
  const { keys, logger, scopeOfRevision = scopeOfConfiguration } = options;
  const sealer = new Sealer(keys);
  const scopes = new SealScopes(inner, keys, scopeOfRevision);
  const runs = new EncryptedRuns(inner, { sealer, scopes, logger });
  const verbs: Partial<Store> = {
    ...catalogOver(inner, sealer, scopes),
    ...executionsOver(inner, sealer, scopes),
    ...mapRunsOver(inner, sealer),
    ...approvalsOver(inner, sealer, scopes),
    ...jobStopsOver(inner, sealer, scopes),
    ...runs.verbs(),
  };
  return new Proxy(inner, {
    get(target, property): unknown {
      const own: unknown = Reflect.get(verbs, property);
      if (own !== undefined) return own;
      const verb: unknown = Reflect.get(target, property);
      return typeof verb === 'function' ? verb.bind(target) : verb;
    },
    // A verb that somebody puts in the place of one takes that of this store, not of the one within.
    set: (_target, property, value) => Reflect.set(verbs, property, value),
  });
}
