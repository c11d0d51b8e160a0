import { expect, test } from 'vitest';
import { randomSource } from './random.ts';

const EXECUTION = '0198b3a2-7c4e-7d11-8a55-0123456789ab';

test('the same moment gives the same stream', () => {
  const first = randomSource(EXECUTION, 7, 'state');
  const second = randomSource(EXECUTION, 7, 'state');
  for (let i = 0; i < 50; i++) expect(first.next()).toBe(second.next());
  expect(first.uuid()).toBe(second.uuid());
});

test('execution, event and purpose each change the stream', () => {
  const values = [
    randomSource(EXECUTION, 7, 'state').uuid(),
    randomSource(EXECUTION, 8, 'state').uuid(),
    randomSource(EXECUTION, 7, 'retry').uuid(),
    randomSource('0198b3a2-7c4e-7d11-8a55-0123456789ac', 7, 'state').uuid(),
  ];
  expect(new Set(values).size).toBe(values.length);
});

test('numbers lie in [0, 1) and spread over it', () => {
  const random = randomSource(EXECUTION, 1, 'state');
  const numbers = Array.from({ length: 2000 }, () => random.next());
  expect(numbers.every((value) => value >= 0 && value < 1)).toBe(true);
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  expect(mean).toBeGreaterThan(0.45);
  expect(mean).toBeLessThan(0.55);
});

test('identifiers have the shape of a version 4 UUID and do not repeat', () => {
  const random = randomSource(EXECUTION, 1, 'state');
  const ids = Array.from({ length: 200 }, () => random.uuid());
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(ids.length);
});
