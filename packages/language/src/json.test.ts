import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Json, addedMember, jsonText, noteMemberAdded, parseJson, setOwn } from './json.ts';

test.each([
  '1.0',
  '[1e5]',
  '{"a":-0.0}',
  '12345678901234567890',
  '0.1234567890123456',
  '[0.10]',
  '1E-7',
  '{"a":"1.0"}',
])('the text %s comes back as it was', (text) => {
  expect(jsonText(parseJson(text))).toBe(text);
});

test('-0 is the integer 0', () => {
  expect(parseJson('[-0,-0.5,"-0"]')).toEqual([0, -0.5, '-0']);
});

const name = fc.oneof(fc.string(), fc.constantFrom('__proto__', '7', '01', 'a"b', 'constructor'));

test('a document with one more member has the text that it would be given anew', () => {
  fc.assert(
    fc.property(fc.dictionary(name, fc.jsonValue()), name, fc.jsonValue(), (document, added, member) => {
      const base = parseJson(JSON.stringify(document));
      const value = parseJson(JSON.stringify(member));
      jsonText(base);
      const extended: { [key: string]: Json } = { ...(base as { [key: string]: Json }) };
      setOwn(extended, added, value);
      const noted = addedMember(added);
      if (noted !== null) noteMemberAdded(base, noted, value, extended);
      expect(jsonText(extended)).toBe(JSON.stringify(extended));
    }),
  );
});
