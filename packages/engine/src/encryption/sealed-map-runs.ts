import type { MapRunStore, MapRunWrites, NewMapRun, OutcomePart } from '../ports/map-run-store.ts';
import type { NewExecution } from '../ports/run-store.ts';
import type { SealScope } from './key-in-use.ts';
import { openExecution, placeOf, sealCheckpoint, sealText } from './sealed-records.ts';
import type { Sealer } from './sealer.ts';

/** What a commit writes about Map Runs, sealed under the key of its execution: their plans, children and outcomes. */
export function sealMapRuns(sealer: Sealer, scope: SealScope, mapRunId: string, writes: MapRunWrites): MapRunWrites {
  const { started, own } = writes;
  return {
    ...writes,
    ...(started === undefined ? {} : { started: started.map((mapRun) => sealStarted(sealer, scope, mapRun)) }),
    ...(own === undefined
      ? {}
      : {
          own: {
            ...own,
            children: own.children.map((child) => sealChild(sealer, scope, child)),
            outcomes: own.outcomes.map((part) => ({
              ...part,
              outcomes: sealText(sealer, scope, outcomePlace(mapRunId, part), part.outcomes),
            })),
          },
        }),
  };
}

function sealStarted(sealer: Sealer, scope: SealScope, mapRun: NewMapRun): NewMapRun {
  const { mapRunId } = mapRun.record;
  return {
    ...mapRun,
    plan: sealer.seal(scope, placeOf(mapRunId, 'frame', 'plan'), mapRun.plan),
    checkpoint: sealCheckpoint(sealer, scope, mapRunId, mapRun.checkpoint),
  };
}

function sealChild(sealer: Sealer, scope: SealScope, child: NewExecution): NewExecution {
  const { executionId, input, checkpoint, activation } = child;
  return {
    ...child,
    input: sealText(sealer, scope, placeOf(executionId, 'input'), input),
    checkpoint: sealCheckpoint(sealer, scope, executionId, checkpoint),
    activation: sealText(sealer, scope, placeOf(executionId, 'activation'), activation),
  };
}

function outcomePlace(mapRunId: string, { page, part }: Pick<OutcomePart, 'page' | 'part'>): string {
  return placeOf(mapRunId, 'outcomes', `${page}.${part}`);
}

/** What is read of the children of Map Runs. */
export function mapRunsOver(inner: MapRunStore, sealer: Sealer): Pick<MapRunStore, 'listChildren' | 'readOutcomes'> {
  return {
    async listChildren(query) {
      return (await inner.listChildren(query)).map((execution) => openExecution(sealer, execution));
    },
    async readOutcomes(query) {
      return (await inner.readOutcomes(query)).map((part) => ({
        ...part,
        outcomes: sealer.open(outcomePlace(query.mapRunId, part), part.outcomes),
      }));
    },
  };
}
