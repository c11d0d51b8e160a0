import type { HistoryEvent } from '@everstep/language';
import { describe, expect, it } from 'vitest';
import { HistoryModel } from './history-model.ts';
import { looksOf } from './looks.ts';

type Draft = Omit<HistoryEvent, 'id' | 'timestamp'>;

/** Events one after another, a second apart. */
function history(...drafts: readonly Draft[]): HistoryEvent[] {
  return drafts.map((draft, index) => ({ ...draft, id: index + 1, timestamp: 100 + index }));
}

const started: Draft = { type: 'ExecutionStarted', previousEventId: 0 };
const entered = (previousEventId: number, type: 'Pass' | 'Task' | 'Map' | 'Parallel', name: string): Draft => ({
  ...{ type: `${type}StateEntered`, previousEventId, stateEnteredEventDetails: { name } },
});
const exited = (previousEventId: number, type: 'Pass' | 'Task' | 'Map' | 'Parallel', name: string): Draft => ({
  ...{ type: `${type}StateExited`, previousEventId, stateExitedEventDetails: { name } },
});
const scheduled = (previousEventId: number): Draft => ({
  ...{ type: 'TaskScheduled', previousEventId },
  taskScheduledEventDetails: { resourceType: 'lambda', resource: 'invoke', region: 'us-east-1', parameters: '{}' },
});
const failed = (previousEventId: number): Draft => ({
  ...{ type: 'TaskFailed', previousEventId },
  taskFailedEventDetails: { resourceType: 'lambda', resource: 'invoke', error: 'Broken', cause: 'why' },
});

function modelOf(...drafts: readonly Draft[]): HistoryModel {
  const model = new HistoryModel();
  model.add(history(...drafts));
  return model;
}

const shown = (model: HistoryModel): Array<readonly [string, string]> =>
  model.visits.map((visit) => [visit.state, model.statusOf(visit)]);

describe('what a history tells of states', () => {
  it('retries are attempts of one visit, and a task that gets there has succeeded', () => {
    const outcome: Draft = { type: 'TaskSucceeded', previousEventId: 5 };
    const model = modelOf(
      started,
      entered(0, 'Task', 'A'),
      scheduled(2),
      failed(3),
      scheduled(4),
      outcome,
      exited(6, 'Task', 'A'),
    );
    expect(shown(model)).toEqual([['A', 'SUCCEEDED']]);
    const [visit] = model.visits;
    expect(visit?.attempts.map(({ outcome: end, scheduledId, endId }) => [end, scheduledId, endId])).toEqual([
      ['FAILED', 3, 4],
      ['SUCCEEDED', 5, 6],
    ]);
    expect(visit && model.durationOf(visit, 999)).toBe(5);
  });

  it('a failure that was caught is told from one that was not', () => {
    const caught = modelOf(
      started,
      entered(0, 'Task', 'A'),
      scheduled(2),
      failed(3),
      exited(4, 'Task', 'A'),
      entered(5, 'Pass', 'B'),
    );
    expect(shown(caught)).toEqual([
      ['A', 'CAUGHT'],
      ['B', 'RUNNING'],
    ]);
    const end: Draft = {
      type: 'ExecutionFailed',
      previousEventId: 4,
      executionFailedEventDetails: { error: 'Broken' },
    };
    const model = modelOf(started, entered(0, 'Task', 'A'), scheduled(2), failed(3), end);
    expect(shown(model)).toEqual([['A', 'FAILED']]);
    expect(model.ending).toMatchObject({ type: 'ExecutionFailed', error: 'Broken' });
  });

  it('the branch that failed is the culprit, the other one was aborted', () => {
    const model = modelOf(
      ...[started, entered(0, 'Parallel', 'P'), { type: 'ParallelStateStarted' as const, previousEventId: 2 }],
      ...[entered(3, 'Task', 'Good'), entered(3, 'Task', 'Bad'), scheduled(5), failed(6)],
      { type: 'ParallelStateFailed', previousEventId: 7 },
      { type: 'ExecutionFailed', previousEventId: 8, executionFailedEventDetails: { error: 'Broken' } },
    );
    expect(shown(model)).toEqual([
      ['P', 'FAILED'],
      ['Good', 'ABORTED'],
      ['Bad', 'FAILED'],
    ]);
    expect(model.ending?.culprit?.state).toBe('Bad');
  });

  it('iterations of a Map are counted, and each visit knows its own', () => {
    const iteration = (what: 'Started' | 'Succeeded', previousEventId: number, index: number): Draft => {
      const details = { name: 'M', index };
      return what === 'Started'
        ? { type: 'MapIterationStarted', previousEventId, mapIterationStartedEventDetails: details }
        : { type: 'MapIterationSucceeded', previousEventId, mapIterationSucceededEventDetails: details };
    };
    const model = modelOf(
      ...[started, entered(0, 'Map', 'M')],
      { type: 'MapStateStarted', previousEventId: 2, mapStateStartedEventDetails: { length: 3 } },
      ...[iteration('Started', 3, 0), entered(4, 'Pass', 'X'), exited(5, 'Pass', 'X'), iteration('Succeeded', 6, 0)],
      ...[iteration('Started', 3, 1), entered(8, 'Pass', 'X')],
    );
    expect(model.visits.map(({ state, container }) => [state, container?.iteration])).toEqual([
      ['M', undefined],
      ['X', 0],
      ['X', 1],
    ]);
    expect(looksOf(model).get('M')).toEqual({ status: 'RUNNING', counts: '1/3' });
    expect(looksOf(model).get('X')).toEqual({ status: 'RUNNING', counts: '× 2' });
  });

  it('parts are taken in their order, each once; a redrive makes what failed run again', () => {
    const events = history(
      ...[started, entered(0, 'Task', 'A'), scheduled(2), failed(3)],
      { type: 'ExecutionFailed', previousEventId: 4, executionFailedEventDetails: { error: 'Broken' } },
      { type: 'ExecutionRedriven', previousEventId: 5, executionRedrivenEventDetails: { redriveCount: 1 } },
    );
    const model = new HistoryModel();
    expect(model.add(events.slice(0, 5))).toBe(true);
    expect(shown(model)).toEqual([['A', 'FAILED']]);
    expect(model.add(events.slice(2, 5))).toBe(false);
    expect(model.add(events)).toBe(true);
    expect([model.lastEventId, model.redrives, shown(model)]).toEqual([6, 1, [['A', 'RUNNING']]]);
  });

  it('25,000 events are read in no time', () => {
    const drafts: Draft[] = [started];
    while (drafts.length < 25_000) {
      const last = drafts.length;
      drafts.push(entered(last === 1 ? 0 : last, 'Pass', 'P'), exited(last + 1, 'Pass', 'P'));
    }
    const model = modelOf(...drafts);
    expect(model.visits).toHaveLength(12_500);
    expect(model.visits.every(({ exitedId }) => exitedId !== null)).toBe(true);
  });
});
