import type { ActivityStore } from '../ports/activity-store.ts';
import type { CatalogStore, StateMachineRecord } from '../ports/catalog-store.ts';
import type { SealScopes } from './seal-scopes.ts';
import type { Sealer } from './sealer.ts';
import { openMachine, openRevision, placeOf, sealText } from './sealed-records.ts';

type Verbs = Pick<
  CatalogStore,
  'createStateMachine' | 'updateStateMachine' | 'findStateMachine' | 'findRevision' | 'listStateMachines'
> &
  Pick<ActivityStore, 'createActivity' | 'findActivity'>;

/** Definitions are sealed. */
export function catalogOver(inner: CatalogStore & ActivityStore, sealer: Sealer, scopes: SealScopes): Verbs {
  const opened = (machine: StateMachineRecord): StateMachineRecord => {
    scopes.learnRevision(machine.revision);
    return openMachine(sealer, machine);
  };
  const sealed = <
    Draft extends { readonly revisionId: string; readonly definition: string; readonly configuration: string },
  >(
    stateMachineArn: string,
    draft: Draft,
  ): Draft => {
    const scope = scopes.learnRevision({ ...draft, stateMachineArn });
    return { ...draft, definition: sealText(sealer, scope, placeOf(draft.revisionId, 'definition'), draft.definition) };
  };
  return {
    async createStateMachine(machine) {
      const revision = sealed(machine.stateMachineArn, machine.revision);
      const { created, stateMachine } = await inner.createStateMachine({ ...machine, revision });
      return { created, stateMachine: opened(stateMachine) };
    },
    async updateStateMachine(stateMachineArn, update) {
      const { revision } = update;
      const outcome = await inner.updateStateMachine(stateMachineArn, {
        ...update,
        ...(revision === undefined ? {} : { revision: sealed(stateMachineArn, revision) }),
      });
      return outcome.kind === 'updated' ? { ...outcome, stateMachine: opened(outcome.stateMachine) } : outcome;
    },
    async findStateMachine(stateMachineArn) {
      const machine = await inner.findStateMachine(stateMachineArn);
      return machine === null ? null : opened(machine);
    },
    async findRevision(revisionId) {
      const revision = await inner.findRevision(revisionId);
      if (revision === null) return null;
      scopes.learnRevision(revision);
      return openRevision(sealer, revision);
    },
    async listStateMachines(page) {
      return (await inner.listStateMachines(page)).map((machine) => openMachine(sealer, machine));
    },
    async createActivity(activity, tags) {
      const created = await inner.createActivity(activity, tags);
      scopes.learnActivity(created);
      return created;
    },
    async findActivity(activityArn) {
      const activity = await inner.findActivity(activityArn);
      if (activity !== null) scopes.learnActivity(activity);
      return activity;
    },
  };
}
