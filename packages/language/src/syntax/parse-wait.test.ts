import { describe, expect, it } from 'vitest';
import { parseStateMachine } from './parse.ts';
import type { WaitState } from './state-machine.ts';

const SCHEMA = 'SCHEMA_VALIDATION_FAILED';

function parse(fields: Record<string, unknown>): {
  readonly findings: readonly string[];
  readonly wait: WaitState | null;
} {
  const definition = { StartAt: 'S', States: { S: { Type: 'Wait', End: true, ...fields } } };
  const { machine, diagnostics } = parseStateMachine(JSON.stringify(definition), { type: 'STANDARD' });
  const state = machine?.states.get('S');
  return {
    findings: diagnostics.map(({ code, message, location }) => `${code}: ${message} at ${location ?? 'null'}`),
    wait: state?.type === 'Wait' ? state : null,
  };
}

describe('Wait', () => {
  it.each([
    [{ Seconds: 0 }, 'seconds', '0'],
    [{ SecondsPath: '$.s' }, 'seconds', '$.s'],
    [{ Timestamp: '2016-12-05T21:29:29Z' }, 'timestamp', '"2016-12-05T21:29:29Z"'],
    [{ TimestampPath: '$.t' }, 'timestamp', '$.t'],
  ])('waits as %j says', (fields, kind, text) => {
    const { findings, wait } = parse(fields);
    expect(findings).toEqual([]);
    expect(wait?.until).toMatchObject({ kind, field: Object.keys(fields)[0], value: { text } });
  });

  const ONE = '[SecondsPath, Seconds, TimestampPath, Timestamp]';
  it.each([
    [{}, `${SCHEMA}: This object should have only one of the following fields: ${ONE} at /States/S`],
    [
      { Seconds: 1, Timestamp: '2016-12-05T21:29:29Z' },
      `${SCHEMA}: There should only be one of the following fields: ${ONE} at /States/S`,
    ],
    [{ Seconds: -1 }, `${SCHEMA}: Minimum value is 0 at /States/S/Seconds`],
    [{ Seconds: 100_000_000 }, `${SCHEMA}: Maximum value is 99999999 at /States/S/Seconds`],
    [{ Seconds: '1' }, `${SCHEMA}: Expected value of type Integer at /States/S/Seconds`],
    [{ SecondsPath: 's' }, `${SCHEMA}: Value must be a valid JSONPath. at /States/S/SecondsPath`],
    [
      { Timestamp: '2016-12-05 21:29:29Z' },
      `${SCHEMA}: String does not match RFC3339 timestamp at /States/S/Timestamp`,
    ],
    [
      { Timestamp: "{% '2016-03-14T01:59:00Z' %}" },
      `${SCHEMA}: String does not match RFC3339 timestamp at /States/S/Timestamp`,
    ],
    [{ Seconds: 1, ResultPath: null }, `${SCHEMA}: Field 'ResultPath' is not supported at /States/S`],
  ])('refuses %j', (fields, finding) => {
    expect(parse(fields).findings).toEqual([finding]);
  });

  it('takes JSONata expressions where it takes literals', () => {
    for (const fields of [{ Seconds: '{% 1 %}' }, { Timestamp: '{% $now() %}' }]) {
      expect(parse({ ...fields, QueryLanguage: 'JSONata' }).findings).toEqual([]);
    }
  });
});
