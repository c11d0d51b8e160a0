import { OutcomeUnknownError, type Store, StoreUnavailableError } from '@everstep/engine';
import type { SimulatedProcess } from './simulated-process.ts';
import { type Stage, forever, latencyMs } from './stage.ts';

type Fate =
  | 'ok'
  | 'unavailable'
  | 'crash-unsent'
  | 'crash-sent'
  | 'crash-answered'
  | 'freeze'
  | 'unknown-done'
  | 'unknown-lost'
  | 'unknown-late';

/** The verbs that change something, where the outcome can get lost on its way back. */
const WRITES = new Set([
  'startExecutions',
  'startExpress',
  'endExpress',
  'claim',
  'claimWarm',
  'commit',
  'release',
  'absolve',
  'force',
  'redriveExecution',
  'completeTask',
  'heartbeatTask',
  'takeActivityTask',
  'registerWorker',
  'renewLease',
  'unregisterWorker',
  'releaseLapsed',
  'takeDue',
  'grantPermits',
  'createApproval',
  'changeApproval',
  'decideApproval',
  'takeApprovals',
  'addJobStop',
  'takeJobStops',
  'deleteJobStop',
]);
/** Verbs that let the asking process decide in the midst of the transaction: it must be there for that. */
const DECIDED_BY_CALLER = new Set(['force', 'takeActivityTask', 'grantPermits']);

export interface NetworkStoreOptions {
  readonly stage: Stage;
  readonly process: SimulatedProcess;
  readonly store: Store;
  /** Before a call leaves the process. */
  readonly onSend: (verb: string, parameters: readonly unknown[]) => void;
  /** Something is done now whose outcome the process will never know. */
  readonly onUnknown: (verb: string, parameters: readonly unknown[]) => void;
}

/**
 * One process's way to the store: each call arrives after a while, and so does its answer, in any order; connections
 * break before and after the store has done what was asked.
 */
export function networkStore(options: NetworkStoreOptions): Store {
  return new Proxy(options.store, {
    get(target, property, receiver): unknown {
      const verb: unknown = Reflect.get(target, property, receiver);
      if (typeof verb !== 'function' || typeof property !== 'string') return verb;
      return (...parameters: unknown[]) =>
        send(options, property, parameters, async () => Reflect.apply(verb, target, parameters));
    },
  });
}

function send(
  options: NetworkStoreOptions,
  verb: string,
  parameters: readonly unknown[],
  perform: () => Promise<unknown>,
): Promise<unknown> {
  const { stage, process } = options;
  if (process.state === 'dead') return forever();
  options.onSend(verb, parameters);
  const fate = fateOf(stage, verb);
  if (fate !== 'ok') stage.trace.note(process.name, `${verb}: ${fate}`);
  if (fate === 'freeze') stage.faults.freeze(process, verb);
  if (fate === 'crash-unsent' || fate === 'crash-sent') stage.faults.crash(process, `${verb}, ${fate}`);
  return new Promise((resolve, reject) => {
    const answer = (settle: () => void): void => {
      stage.timeline.after(delayMs(stage), () => process.enter(settle));
    };
    const execute = (): void => {
      if (stage.faults.storeAway) return answer(() => reject(new StoreUnavailableError('the store is away')));
      if (DECIDED_BY_CALLER.has(verb) && process.state !== 'up') {
        return answer(() => reject(new StoreUnavailableError('the connection was lost in the midst')));
      }
      if (fate.startsWith('unknown')) options.onUnknown(verb, parameters);
      perform().then(
        (value) => {
          if (fate === 'crash-answered') stage.faults.crash(process, `${verb}, ${fate}`);
          answer(() => (fate === 'unknown-done' ? reject(new OutcomeUnknownError()) : resolve(value)));
        },
        (error: unknown) => answer(() => reject(error)),
      );
    };
    if (fate === 'unavailable') answer(() => reject(new StoreUnavailableError('the store does not answer')));
    else if (fate === 'unknown-lost') answer(() => reject(new OutcomeUnknownError()));
    else if (fate !== 'crash-unsent') {
      if (fate === 'unknown-late') answer(() => reject(new OutcomeUnknownError()));
      stage.timeline.after(fate === 'unknown-late' ? stage.chance.integer(1, 1_500) : delayMs(stage), execute);
    }
  });
}

function fateOf(stage: Stage, verb: string): Fate {
  const { chance, profile, faults } = stage;
  if (!faults.on) return 'ok';
  if (chance.happens(profile.crash)) return chance.pick(['crash-unsent', 'crash-sent', 'crash-answered']);
  if (chance.happens(profile.freeze)) return 'freeze';
  if (chance.happens(profile.unavailable)) return 'unavailable';
  if (WRITES.has(verb) && chance.happens(profile.unknown)) {
    return chance.pick(['unknown-done', 'unknown-lost', 'unknown-late']);
  }
  return 'ok';
}

function delayMs(stage: Stage): number {
  const { chance, profile, faults } = stage;
  if (faults.on && chance.happens(profile.slow)) return chance.integer(20, profile.leaseMs);
  return latencyMs(stage);
}
