import { expect, test } from 'vitest';
import { describeWith } from './describe-with.ts';

let ran = false;

describeWith({ what: 'nothing', available: async () => true, install: 'nothing' }, 'a need that is met', () => {
  test('runs the body', () => {
    ran = true;
    expect(ran).toBe(true);
  });
});

test('the body ran before', () => {
  expect(ran).toBe(true);
});
