import { accountOfArn } from '@everstep/protocol';
import { parseConfiguration, parseEncryption } from '../catalog/configuration.ts';
import type { ActivityRecord } from '../ports/activity-store.ts';
import type { RevisionRecord } from '../ports/catalog-store.ts';
import type { EncryptionKeys } from '../ports/encryption-keys.ts';
import type { Store } from '../ports/store.ts';
import { BoundedMap } from './bounded-map.ts';
import { type SealScope, scopeOf } from './key-in-use.ts';
import { isSealed } from './sealer.ts';

/** Answers the scope of a revision by its configuration; null: it is not sealed. */
export type ScopeOfRevision = (revision: Pick<RevisionRecord, 'configuration' | 'stateMachineArn'>) => SealScope | null;

const REVISIONS = 10_000;
const EXECUTIONS = 20_000;
const ACTIVITIES = 10_000;

export const scopeOfConfiguration: ScopeOfRevision = ({ configuration, stateMachineArn }) =>
  configuration.includes('CUSTOMER_MANAGED_KMS_KEY')
    ? scopeOf(parseConfiguration(configuration).encryptionConfiguration, accountOfArn(stateMachineArn))
    : null;

/**
 * What is sealed, and under which key. A revision never changes, and an execution keeps its own, so what is known stays
 * right; it is read from the store only where nobody has come by it yet.
 */
export class SealScopes {
  readonly #store: Store;
  readonly #keys: EncryptionKeys;
  readonly #scopeOfRevision: ScopeOfRevision;
  readonly #revisions = new BoundedMap<string, SealScope | null>(REVISIONS);
  readonly #executions = new BoundedMap<string, SealScope | null>(EXECUTIONS);
  readonly #activities = new BoundedMap<string, SealScope | null>(ACTIVITIES);

  constructor(store: Store, keys: EncryptionKeys, scopeOfRevision: ScopeOfRevision) {
    this.#store = store;
    this.#keys = keys;
    this.#scopeOfRevision = scopeOfRevision;
  }

  learnRevision(revision: Pick<RevisionRecord, 'revisionId' | 'configuration' | 'stateMachineArn'>): SealScope | null {
    const known = this.#revisions.get(revision.revisionId);
    if (known !== undefined) return known;
    const scope = this.#scopeOfRevision(revision);
    this.#revisions.set(revision.revisionId, scope);
    return scope;
  }

  learnActivity({ activityArn, encryption }: ActivityRecord): SealScope | null {
    const scope = scopeOf(parseEncryption(encryption), accountOfArn(activityArn));
    this.#activities.set(activityArn, scope);
    return scope;
  }

  learnExecution(executionId: string, scope: SealScope | null): void {
    this.#executions.set(executionId, scope);
  }

  forgetExecution(executionId: string): void {
    this.#executions.delete(executionId);
  }

  async ofRevision(revisionId: string): Promise<SealScope | null> {
    const known = this.#revisions.get(revisionId);
    if (known !== undefined) return known;
    const revision = await this.#store.findRevision(revisionId);
    return revision === null ? null : this.learnRevision(revision);
  }

  /** Whether it is known that the revision is not sealed. */
  isPlainRevision(revisionId: string): boolean {
    return this.#revisions.get(revisionId) === null;
  }

  /** Whether no activity with a key of its own may be behind the ARN, as far as this process can know. */
  isPlainActivity(activityArn: string): boolean {
    const known = this.#activities.get(activityArn);
    return known === undefined ? !this.#keys.hasKeys() : known === null;
  }

  /** undefined: nobody has asked for it yet. */
  knownOfExecution(executionId: string): SealScope | null | undefined {
    const known = this.#executions.get(executionId);
    // Without any key nothing of this process can be sealed, so there is nothing to look up.
    return known === undefined && !this.#keys.hasKeys() ? null : known;
  }

  async ofExecution(executionId: string): Promise<SealScope | null> {
    const known = this.knownOfExecution(executionId);
    if (known !== undefined) return known;
    const execution = await this.#store.findExecution(executionId);
    // One that is not there yet may be started any moment.
    if (execution === null) return null;
    const scope = isSealed(execution.input) ? await this.ofRevision(execution.revisionId) : null;
    this.learnExecution(executionId, scope);
    return scope;
  }

  async ofActivity(activityArn: string): Promise<SealScope | null> {
    const known = this.#activities.get(activityArn);
    if (known !== undefined) return known;
    if (!this.#keys.hasKeys()) return null;
    const activity = await this.#store.findActivity(activityArn);
    return activity === null ? null : this.learnActivity(activity);
  }
}
