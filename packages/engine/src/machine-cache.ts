import {
  type StateGraph,
  type StateMachine,
  definitionError,
  findMapState,
  parseStateMachine,
} from '@everstep/language';
import { type LogPlan, logPlanOf } from './execution-logging.ts';
import type { CatalogStore, RevisionRecord } from './ports/catalog-store.ts';

export interface CompiledRevision {
  readonly revision: RevisionRecord;
  readonly machine: StateMachine;
  /** The activities its tasks name, each once. */
  readonly activityArns: readonly string[];
  /** What of its executions is logged; null: nothing. */
  readonly logging: LogPlan | null;
}

/** A stored definition that this version cannot compile: made by a newer one, or the language has narrowed. */
export class UnusableRevisionError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnusableRevisionError';
  }
}

const MAX_REVISIONS = 1_000;

/** Compiled revisions of this process. A revision never changes, so nothing here is ever stale. */
export class MachineCache {
  readonly #store: CatalogStore;
  readonly #compile: (revision: RevisionRecord) => CompiledRevision;
  readonly #revisions = new Map<string, Promise<CompiledRevision>>();

  constructor(store: CatalogStore, compile = compileRevision) {
    this.#store = store;
    this.#compile = compile;
  }

  load(revisionId: string): Promise<CompiledRevision> {
    return this.#get(revisionId, () => this.#find(revisionId));
  }

  /** The same for who has read the revision already. */
  compiled(revision: RevisionRecord): Promise<CompiledRevision> {
    return this.#get(revision.revisionId, async () => revision);
  }

  #get(revisionId: string, find: () => Promise<RevisionRecord>): Promise<CompiledRevision> {
    const known = this.#revisions.get(revisionId);
    if (known !== undefined) {
      // Moving it to the end keeps the map in order of use.
      this.#revisions.delete(revisionId);
      this.#revisions.set(revisionId, known);
      return known;
    }
    const loading = find().then(this.#compile);
    this.#revisions.set(revisionId, loading);
    loading.catch(() => this.#revisions.delete(revisionId));
    for (const oldest of this.#revisions.keys()) {
      if (this.#revisions.size <= MAX_REVISIONS) break;
      this.#revisions.delete(oldest);
    }
    return loading;
  }

  async #find(revisionId: string): Promise<RevisionRecord> {
    const revision = await this.#store.findRevision(revisionId);
    if (revision === null) throw new UnusableRevisionError(`revision ${revisionId} does not exist`);
    return revision;
  }
}

const processors = new WeakMap<CompiledRevision, Map<string, CompiledRevision>>();

/** The revision with the processor of one of its Distributed Maps as its machine: what the children of that run. */
export function processorOf(compiled: CompiledRevision, label: string): CompiledRevision {
  let known = processors.get(compiled);
  if (known === undefined) processors.set(compiled, (known = new Map()));
  let processor = known.get(label);
  if (processor !== undefined) return processor;
  const state = findMapState(compiled.machine, label);
  if (state === null) throw new UnusableRevisionError(`the definition has no Distributed Map labelled '${label}'`);
  const { queryLanguage, comment, version } = compiled.machine;
  const machine = { ...state.processor, queryLanguage, comment, version, timeoutSeconds: null };
  processor = { ...compiled, machine };
  known.set(label, processor);
  return processor;
}

export function compileRevision(revision: RevisionRecord): CompiledRevision {
  const { machine, diagnostics } = parseStateMachine(revision.definition, { type: 'STANDARD' });
  if (machine === null) throw new UnusableRevisionError(definitionError(diagnostics, revision.definition));
  return { revision, machine, activityArns: [...activityArns(machine)], logging: logPlanOf(revision) };
}

function activityArns(graph: StateGraph, found = new Set<string>()): Set<string> {
  for (const state of graph.states.values()) {
    if (state.type === 'Task' && state.resource.kind === 'activity') found.add(state.resource.arn);
    if (state.type === 'Parallel') for (const branch of state.branches) activityArns(branch, found);
    if (state.type === 'Map') activityArns(state.processor, found);
  }
  return found;
}
