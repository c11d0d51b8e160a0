import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { isIntrinsic } from '../../data/intrinsic-expression.ts';
import { isPath } from '../../data/path-expression.ts';
import { ExpressionSyntaxError, StatesError } from '../../errors.ts';
import { parseStateMachine } from '../../syntax/parse.ts';
import { FUZZ_KINDS, type FuzzCase, fuzzCase } from './fuzz-case.ts';
import { availableKinds, judge, verdictOf } from './judge.ts';
import { smallerCases } from './minimise.ts';

const script = fileURLToPath(new URL('../../../../../scripts/fuzz.mjs', import.meta.url));

function fuzz(...options: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const program = ['--conditions=everstep-source', script, ...options];
    const child = execFile(process.execPath, program, (_error, output, errors) =>
      resolve({ code: child.exitCode, output: output + errors }),
    );
  });
}

describe('the fuzz run', () => {
  test('holds for its short form', { timeout: 120_000 }, async () => {
    const { code, output } = await fuzz('--cases', '2000', '--seed', '20261124', '--threads', '1');
    expect(output).toMatch(/2000 cases with seed 20261124 in [\d.]+ s: all held/);
    expect(code).toBe(0);
  });

  test('answers 2 to wrong usage', async () => {
    expect(await fuzz('--cases', 'many')).toEqual({ code: 2, output: '--cases must be an integer from 1 on\n' });
    expect((await fuzz('--kinds', 'stones')).code).toBe(2);
  });

  test('makes the same case of the same seed and index, and others of others', () => {
    const texts = Array.from({ length: 200 }, (_, index) => fuzzCase(5, index, FUZZ_KINDS));
    expect(texts).toEqual(Array.from({ length: 200 }, (_, index) => fuzzCase(5, index, FUZZ_KINDS)));
    expect(new Set(texts.map(({ text }) => text)).size).toBeGreaterThan(190);
    expect(fuzzCase(6, 0, FUZZ_KINDS)).not.toEqual(texts[0]);
  });

  test('makes definitions of which many run, and expressions of which many compile', () => {
    const share = (kind: FuzzCase['kind'], holds: (text: string) => boolean): number =>
      Array.from({ length: 400 }, (_, index) => fuzzCase(1, index, [kind]).text).filter(holds).length / 400;
    const runs = (text: string): boolean => parseStateMachine(text, { type: 'STANDARD' }).machine !== null;
    expect(share('definition', runs)).toBeGreaterThan(0.08);
    expect(share('path', isPath)).toBeGreaterThan(0.25);
    expect(share('intrinsic', isIntrinsic)).toBeGreaterThan(0.05);
    expect(availableKinds()).toEqual(expect.arrayContaining(['definition', 'path', 'template', 'intrinsic']));
  });

  test('takes nothing but refusals, and none of a definition', () => {
    const raising = (error: Error) => (): never => {
      throw error;
    };
    const refusals = [new ExpressionSyntaxError('no', ''), new StatesError('States.Runtime', 'no')];
    for (const error of refusals) {
      expect(verdictOf('path', raising(error))).toBeNull();
      expect(verdictOf('definition', raising(error))).toContain(error.name);
    }
    expect(verdictOf('path', raising(new TypeError('oh')))).toMatch(/^TypeError/);
    expect(verdictOf('jsonata', raising(new RangeError('Maximum call stack size exceeded')))).toMatch(/^RangeError\n/);
  });

  test('judges a good case as good', () => {
    expect(judge({ kind: 'path', text: '$.a', input: '{"a":1}', story: 0 })).toBeNull();
    expect(judge({ kind: 'definition', text: '{', input: '{}', story: 0 })).toBeNull();
  });

  test('makes a failing case as small as it gets', () => {
    const whole: FuzzCase = {
      kind: 'template',
      text: JSON.stringify({ keep: [1, { deep: 'a needle in it' }], other: ['hay', { more: 'hay' }] }),
      input: '{"also":[1,2,3],"needed":{"x":true}}',
      story: 7,
    };
    const fails = ({ text, input }: FuzzCase): boolean => text.includes('needle') && input.includes('true');
    const candidates = smallerCases(whole, 1_000);
    let next = candidates.next();
    while (next.done !== true) next = candidates.next(fails(next.value));
    expect(next.value).toEqual({ kind: 'template', text: 'needle', input: '{"":{"":true}}', story: 7 });
  });
});
