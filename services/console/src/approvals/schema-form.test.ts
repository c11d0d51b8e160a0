import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FieldSchema, draftOf, filledOf, kindOf } from './schema-form.ts';

const zone = process.env['TZ'];
beforeAll(() => {
  process.env['TZ'] = 'Europe/Rome';
});
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

const SCHEMA: FieldSchema = {
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', maxLength: 2 },
    at: { type: 'string', format: 'date-time' },
    kind: { enum: ['a', 'b'] },
    count: { type: 'integer', minimum: 1 },
    inner: { type: 'object', properties: { on: { type: 'boolean' } } },
    list: { type: 'array' },
  },
};

describe('the form of a schema', () => {
  it('leaves alone what nobody has touched, whatever its fields can show', () => {
    const given = {
      name: '',
      at: '2026-07-01T12:00:30Z',
      kind: 'c',
      inner: { on: true, more: 1 },
      list: [1],
      other: 'x',
    };
    const draft = draftOf(SCHEMA, given);
    expect(draft).toMatchObject({ at: '2026-07-01T14:00', inner: { on: true } });
    expect(filledOf(SCHEMA, draft, given)).toEqual({ value: given, problems: new Map() });
  });

  it('takes times from the clock on the wall, and counts characters as people do', () => {
    const draft = { name: '😀😀', at: '2026-07-01T14:30', kind: '"b"', count: '2', inner: { on: false }, list: '[2]' };
    const { value, problems } = filledOf(SCHEMA, draft, {});
    expect(value).toEqual({
      ...{ name: '😀😀', at: '2026-07-01T12:30:00.000Z', kind: 'b', count: 2, inner: { on: false }, list: [2] },
    });
    expect(problems.size).toBe(0);
  });

  it('says what is wrong, by the field', () => {
    const { problems } = filledOf(SCHEMA, { name: '', count: '1.5', list: '[' }, {});
    expect([...problems]).toEqual([
      ['name', 'Please fill this in.'],
      ['count', 'It must be a whole number.'],
      ['list', 'This is no JSON.'],
    ]);
    expect([
      ...filledOf(SCHEMA, draftOf(SCHEMA, { name: 'a', count: 0 }), { name: 'a', count: 0 }).problems.keys(),
    ]).toEqual(['count']);
  });

  it('is JSON where no field is made for it', () => {
    expect(kindOf(JSON.parse(`{"oneOf":[]}`))).toBe('json');
    expect(kindOf({ type: 'object' })).toBe('json');
  });
});
