import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ExpressionSyntaxError, StatesError } from '../../errors.ts';
import type { Json } from '../../json.ts';
import { compileJsonata } from './compile.ts';

/** JSONata's own test suite lies beside the development checkout; an outside clone has none of it. */
const SUITE = join(
  process.env['EVERSTEP_SHARED'] ?? join(import.meta.dirname, '../../../../../../shared'),
  'jsonata-suite/suite.json',
);

interface SuiteCase {
  readonly id: string;
  readonly expr: string;
  readonly data?: Json;
  readonly dataset?: string | null;
  readonly bindings?: Readonly<Record<string, Json>>;
  readonly result?: Json;
  readonly undefinedResult?: boolean;
  readonly code?: string;
  readonly error?: { readonly code: string };
  readonly unordered?: boolean;
}

interface Suite {
  readonly datasets: Readonly<Record<string, Json>>;
  readonly cases: readonly SuiteCase[];
}

/** What an expression came to: its value, nothing, or the code of its error. */
function outcome(each: SuiteCase): unknown {
  const input = 'data' in each ? each.data : suite.datasets[each.dataset ?? ''];
  const bindings = each.bindings ?? {};
  try {
    const value = compileJsonata(each.expr).evaluate({
      states: null,
      variables: (name) => bindings[name],
      now: 1_700_000_000_000,
      random: { next: () => 0.5, uuid: () => '00000000-0000-4000-8000-000000000000' },
      ...(input === undefined ? {} : { input }),
    });
    return { value: each.unordered === true ? sorted(value) : value };
  } catch (error) {
    if (error instanceof StatesError) return { code: error.detail.slice(0, 5) };
    if (error instanceof ExpressionSyntaxError) return { code: error.message.slice(0, 5) };
    throw error;
  }
}

function sorted(value: Json | undefined): unknown {
  return Array.isArray(value) ? value.map((item) => JSON.stringify(item)).sort() : value;
}

function expected(each: SuiteCase): unknown {
  const code = each.code ?? each.error?.code;
  if (code !== undefined) return { code };
  if (each.undefinedResult === true) return { value: undefined };
  return { value: each.unordered === true ? sorted(each.result) : each.result };
}

/** Where this dialect answers something else on purpose: the case, what it answers, and why. */
const DELIBERATE: ReadonlyArray<readonly [id: string, answer: unknown, reason: string]> = [
  ['range-operator/case021', { code: 'D2014' }, 'an array built at once has a million items at most'],
  ['range-operator/case024', { code: 'D2014' }, 'an array built at once has a million items at most'],
  ['tail-recursion/case002', { value: 9.33262154439441e157 }, 'the suite allows a smaller depth than we do'],
  ['tail-recursion/case005', { code: 'D1011' }, "an endless recursion has a code of the language, not the suite's own"],
  ['tail-recursion/case006', { code: 'D1012' }, "an endless loop has a code of the language, not the suite's own"],
];

const isThere = existsSync(SUITE);
const suite: Suite = isThere ? JSON.parse(readFileSync(SUITE, 'utf8')) : { datasets: {}, cases: [] };
const cases = suite.cases.filter(({ expr }) => !expr.includes('$eval'));
const differing = new Set(DELIBERATE.map(([id]) => id));

test.skipIf(isThere)('the test suite of JSONata lies beside the development checkout only', (context) => {
  expect(process.env['CI'], 'with CI=true the suite must be there').not.toBe('true');
  context.skip();
});

describe.runIf(isThere)('the test suite of JSONata', () => {
  test.each(cases.filter(({ id }) => !differing.has(id)).map((each) => [each.id, each] as const))('%s', (_id, each) => {
    expect(outcome(each)).toEqual(expected(each));
  });

  test.each(DELIBERATE)('differs on purpose in %s', (id, answer, _reason) => {
    const each = cases.find((one) => one.id === id);
    expect(each === undefined ? undefined : outcome(each)).toEqual(answer);
  });
});
