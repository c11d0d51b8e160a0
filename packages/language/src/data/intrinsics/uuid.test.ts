import { expect, test } from 'vitest';
import { jsonText, parseJson } from '../../json.ts';
import { compileIntrinsic } from '../intrinsic-expression.ts';
import { plainScope } from '../plain-scope.ts';

test.each([['States.UUID()', '{}', '"00000000-0000-4000-8000-000000000000"']])('%s of %s', (text, input, expected) => {
  expect(jsonText(compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) })))).toBe(expected);
});
