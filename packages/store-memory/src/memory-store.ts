import type { Store } from '@everstep/engine';
import { accessKeyVerbs, auditVerbs } from './access.ts';
import { activityVerbs } from './activities.ts';
import { aliasVerbs } from './aliases.ts';
import { approvalVerbs } from './approvals.ts';
import { catalogVerbs } from './catalog.ts';
import { connectionVerbs } from './connections.ts';
import { executionVerbs } from './executions.ts';
import { jobStopVerbs } from './job-stops.ts';
import { mapRunVerbs } from './map-runs.ts';
import { limiterVerbs } from './limiters.ts';
import { redriveVerbs } from './redrives.ts';
import { runVerbs } from './runs.ts';
import { type MemoryState, type MemoryStoreOptions, createMemoryState } from './state.ts';
import { tagVerbs } from './tags.ts';
import { tokenVerbs } from './tokens.ts';
import { versionVerbs } from './versions.ts';
import { workerVerbs } from './workers.ts';

/**
 * The whole Store in this process's memory, for Express executions, TestState and the simulator. Every verb decides and
 * writes before it returns its promise, so it is one transaction. It has no timers: time is what `now` says.
 */
export function createMemoryStore(options?: MemoryStoreOptions): Store {
  return storeOver(createMemoryState(options));
}

/** A store on given tables. */
export function storeOver(state: MemoryState): Store {
  return {
    ...catalogVerbs(state),
    ...versionVerbs(state),
    ...aliasVerbs(state),
    ...tagVerbs(state),
    ...redriveVerbs(state),
    ...mapRunVerbs(state),
    ...executionVerbs(state),
    ...runVerbs(state),
    ...tokenVerbs(state),
    ...workerVerbs(state),
    ...activityVerbs(state),
    ...accessKeyVerbs(state),
    ...connectionVerbs(state),
    ...auditVerbs(state),
    ...limiterVerbs(state),
    ...jobStopVerbs(state),
    ...approvalVerbs(state),
    async now() {
      return state.now();
    },
    async installationSecret() {
      return state.secret;
    },
    async probe() {
      return { status: 'ok' };
    },
    async close() {},
  };
}
