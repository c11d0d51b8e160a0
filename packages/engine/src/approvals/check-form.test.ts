import { expect, it } from 'vitest';
import { checkForm, schemaProblem } from './check-form.ts';

const form = (property: object) => JSON.stringify({ type: 'object', properties: { a: property } });

it('a pattern that would go on for ever is ended', () => {
  const schema = form({ type: 'string', pattern: '^(a+)+$' });
  expect(() => checkForm(schema, JSON.stringify({ a: `${'a'.repeat(60)}!` }))).toThrow('it takes more than 100 ms');
  expect(() => checkForm(schema, '{"a":"aaa"}')).not.toThrow();
});

it('a schema that leads nowhere is told, when it is asked with or when it is met', () => {
  expect(schemaProblem('{"$ref":"elsewhere"}')).toMatch(/elsewhere/);
  expect(schemaProblem('{"type":"object"}')).toBeNull();
  for (const broken of [{ pattern: '(' }, { $ref: '#/nowhere' }, { $ref: '#/properties/a' }]) {
    expect(() => checkForm(form(broken), '{"a":"x"}'), JSON.stringify(broken)).toThrow(
      'cannot be checked by its schema',
    );
  }
});
