import { expect, test } from 'vitest';
import { childExecutionId, randomIds } from './execution-ids.ts';
import { laneOf, LANES, withLane } from './lane.ts';

const machine = (name: string): string => `arn:aws:states:us-east-1:123456789012:stateMachine:${name}`;

test('all executions of a machine are in its lane, and stay UUIDv7', () => {
  const ids = Array.from({ length: 20 }, () => withLane(randomIds.executionId(1_700_000_000_000), machine('orders')));
  expect(new Set(ids).size).toBe(20);
  expect(new Set(ids.map(laneOf)).size).toBe(1);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('children are in the lane of their parent', () => {
  const parent = withLane(randomIds.executionId(1_700_000_000_000), machine('parent'));
  const children = [1, 2, 3].map((taskId) => childExecutionId(parent, taskId));
  expect(new Set(children).size).toBe(3);
  expect(children.map(laneOf)).toEqual(children.map(() => laneOf(parent)));
});

test('machines spread over the lanes', () => {
  const id = randomIds.executionId(1_700_000_000_000);
  const lanes = new Set(Array.from({ length: 1_000 }, (_, index) => laneOf(withLane(id, machine(`machine-${index}`)))));
  expect(lanes.size).toBeGreaterThan(LANES * 0.9);
});
