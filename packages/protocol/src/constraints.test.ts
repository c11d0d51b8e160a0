import { describe, expect, it } from 'vitest';
import { boolean, decodeRequest, integer, list, oneOf, required, string, structure } from './constraints.ts';
import { ApiError } from './errors.ts';

const decode = (body: unknown) =>
  decodeRequest(body, (member) => ({
    name: member('name', required(string({ min: 1, max: 5 }), '')),
    secret: member('secret', string({ max: 3, sensitive: true })),
    level: member('level', oneOf(['HIGH', 'LOW'] as const)),
    count: member('count', integer({ min: 0, max: 10 })),
    on: member('on', boolean()),
    tags: member('tags', list(structure((tag) => ({ key: tag('key', string({ max: 2 })) })))),
    nested: member(
      'nested',
      structure((nested) => ({ kind: nested('kind', required(oneOf(['A']), 'A')) })),
    ),
  }));

function refusal(body: unknown): string {
  try {
    decode(body);
  } catch (error) {
    if (error instanceof ApiError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'taken';
}

describe('decoding a request', () => {
  it('gives the members that are named and nothing else', () => {
    const body = JSON.parse(
      '{"name":"a","other":[1],"tags":[{"key":"k","x":1}],"on":false,"count":0,"__proto__":{"level":"LOW"}}',
    );
    expect(decode(body)).toEqual({
      name: 'a',
      secret: undefined,
      level: undefined,
      count: 0,
      on: false,
      tags: [{ key: 'k' }],
      nested: undefined,
    });
  });

  it('does not find members that only the prototype has', () => {
    expect(refusal(Object.create({ name: 'a' }))).toContain("Value null at 'name'");
  });

  it('counts null as absent', () => {
    expect(decode({ name: 'a', secret: null, count: null, tags: null, nested: null })).toMatchObject({ name: 'a' });
    expect(refusal({ name: null })).toBe(
      "ValidationException: 1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null",
    );
  });

  it.each([
    [
      { name: 'abcdef' },
      "Value 'abcdef' at 'name' failed to satisfy constraint: Member must have length less than or equal to 5",
    ],
    [
      { name: '' },
      "Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      { name: 'a', secret: 'four' },
      "Value at 'secret' failed to satisfy constraint: Member must have length less than or equal to 3",
    ],
    [
      { name: 'a', level: 'low' },
      "Value 'low' at 'level' failed to satisfy constraint: Member must satisfy enum value set: [HIGH, LOW]",
    ],
    [
      { name: 'a', count: 11 },
      "Value '11' at 'count' failed to satisfy constraint: Member must have value less than or equal to 10",
    ],
    [
      { name: 'a', count: -1 },
      "Value '-1' at 'count' failed to satisfy constraint: Member must have value greater than or equal to 0",
    ],
    [
      { name: 'a', tags: [{ key: 'k' }, { key: 'long' }] },
      "Value 'long' at 'tags.2.member.key' failed to satisfy constraint: Member must have length less than or equal to 2",
    ],
    [{ name: 'a', nested: {} }, "Value null at 'nested.kind' failed to satisfy constraint: Member must not be null"],
  ])('refuses %j', (body, message) => {
    expect(refusal(body)).toBe(`ValidationException: 1 validation error detected: ${message}`);
  });

  it('tells a wrong required word once', () => {
    expect(refusal({ name: 'a', nested: { kind: 'B' } })).toBe(
      "ValidationException: 1 validation error detected: Value 'B' at 'nested.kind' failed to satisfy constraint: Member must satisfy enum value set: [A]",
    );
  });

  it('collects all violations', () => {
    expect(refusal({ count: 11, level: 'x' })).toBe(
      "ValidationException: 3 validation errors detected: Value null at 'name' failed to satisfy constraint: Member must not be null; " +
        "Value 'x' at 'level' failed to satisfy constraint: Member must satisfy enum value set: [HIGH, LOW]; " +
        "Value '11' at 'count' failed to satisfy constraint: Member must have value less than or equal to 10",
    );
  });

  it.each([
    [[], 'Start of list found where not expected'],
    ['text', 'Unexpected field type'],
    [null, 'Unexpected field type'],
    [{ name: 1 }, 'NUMBER_VALUE cannot be converted to String'],
    [{ name: true }, 'TRUE_VALUE cannot be converted to String'],
    [{ name: {} }, 'Start of structure or map found where not expected.'],
    [{ name: [] }, 'Start of list found where not expected'],
    [{ count: '1' }, 'STRING_VALUE cannot be converted to Integer'],
    [{ count: 1.5 }, 'DECIMAL_VALUE cannot be converted to Integer'],
    [{ on: 'true' }, 'STRING_VALUE cannot be converted to Boolean'],
    [{ tags: {} }, 'Start of structure or map found where not expected.'],
    [{ tags: 'a' }, 'Unexpected field type'],
    [{ tags: [1] }, 'Unexpected field type'],
    [{ nested: [] }, 'Start of list found where not expected'],
    [{ level: 7 }, 'NUMBER_VALUE cannot be converted to String'],
  ])('calls the wrong type of %j a SerializationException', (body, message) => {
    expect(refusal(body)).toBe(`SerializationException: ${message}`);
  });
});
