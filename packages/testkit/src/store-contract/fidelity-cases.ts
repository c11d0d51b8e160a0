import assert from 'node:assert/strict';
import { activityToken, commitOf, end, park } from './store-scene.ts';
import { storeCase } from './store-case.ts';

/** JSON texts that a store of parsed values, or a jsonb column, would refuse or change. */
const TEXTS = {
  'an escaped U+0000': '{"a":"\\u0000","\\u0000":1}',
  'escaped lone surrogates': '["\\ud800","\\udc00x","\\udc00\\ud800"]',
  'numbers by their text': '[1.0,1.50,-0,1e2,1E+2,0.1e-7]',
  'integers beyond 2^53': '[9007199254740993,123456789012345678901234567890]',
  'the order of keys': '{"b":1,"a":2,"10":3,"9":4}',
  'a key that stands twice': '{"a":1,"a":2}',
  'white space': ' {\n\t"a" :  1 }\r\n',
  'escapes that need not be': '"\\u0041\\/\\u00e9"',
  'unescaped letters of all planes': '"é中😀\u2028"',
  'a scalar': 'null',
} as const;

const LONGEST = 262_144;
const LONG_TEXT = `"${'x'.repeat(LONGEST - 2)}"`;
const LONG_WIDE_TEXT = `"${'é'.repeat((LONGEST - 2) / 2)}"`;

/** Strings as such, not JSON: whatever JavaScript can hold. */
const STRINGS = {
  'U+0000': 'a\u0000b',
  'only U+0000': '\u0000',
  'a high surrogate alone': 'a\ud800b',
  'a low surrogate alone': '\udc00',
  'surrogates the wrong way round': '\udc00\ud800',
  'an emoji': '😀',
  'letters that look like escapes': '\\u0000 \\ud800 \\\\ \\',
  'a quote and a line end': '"\'\n\r\t',
  'nothing at all': '',
  'a private-use letter': '\ue000\uf8ff\uffff',
} as const;

export const fidelityCases = [
  ...Object.entries({ ...TEXTS, 'the longest text': LONG_TEXT, 'the longest wide text': LONG_WIDE_TEXT }).map(
    ([what, text]) =>
      storeCase(`fidelity: ${what} is stored as JSON text, character by character`, async (scene) => {
        const { store } = scene;
        const activityArn = 'arn:aws:states:us-east-1:123456789012:activity:text';
        const execution = await scene.started({ input: text, checkpoint: text, activation: text });
        const { executionId } = execution;
        assert.equal((await store.findExecution(executionId))?.input, text);
        const workerId = await scene.worker();
        const run = await scene.claimed(workerId, executionId);
        assert.equal(run.execution.input, text);
        assert.equal(run.checkpoint, text);
        assert.deepEqual(run.inbox, [{ number: 1, activation: text }]);
        const event = `{"id":1,"text":${text.trim()}}`;
        await scene.committed(
          workerId,
          commitOf(run, {
            checkpoint: `${text} `,
            frames: { written: [{ id: 'root', data: text }], deleted: [] },
            history: { firstEventId: 1, lastEventId: 1, events: `[${event}]` },
            tokens: { opened: [activityToken(1, activityArn, { input: text })], closed: [] },
            arrivals: [{ executionId, activation: text }],
          }),
        );
        const taken = await store.takeActivityTask({
          activityArn,
          workerName: null,
          activation: () => text,
          graceMs: 1000,
        });
        assert.equal(taken?.input, text);
        await store.completeTask({ executionId, taskId: 1, activation: text, graceMs: 1000 });
        const next = await scene.claimed(workerId, executionId);
        assert.equal(next.checkpoint, `${text} `);
        assert.deepEqual(next.frames, [{ id: 'root', data: text }]);
        assert.deepEqual(
          next.inbox,
          [2, 3, 4].map((number) => ({ number, activation: text })),
        );
        assert.deepEqual(await store.readHistory({ executionId, limit: 10, reverse: false }), [event]);
        await scene.committed(workerId, commitOf(next, { then: end({ output: text }) }));
        assert.equal((await store.findExecution(executionId))?.output, text);
      }),
  ),
  ...Object.entries(STRINGS).map(([what, string]) =>
    storeCase(`fidelity: error and cause may hold ${what}`, async (scene) => {
      const { run, workerId, execution } = await scene.owned();
      const cause = `${string}${string} end`;
      const then = end({ status: 'FAILED', output: null, error: string, cause });
      const neighbour = await scene.owned();
      const batch = [commitOf(run, { then }), commitOf(neighbour.run, { then: park() })];
      const outcomes = await scene.store.commit(workerId, batch);
      assert.deepEqual(
        outcomes.map((outcome) => outcome.kind),
        ['committed', 'committed'],
      );
      const ended = await scene.store.findExecution(execution.executionId);
      assert.equal(ended?.error, string);
      assert.equal(ended.cause, cause);
      const [listed] = await scene.store.listExecutions({
        stateMachineArn: execution.stateMachineArn,
        status: 'FAILED',
        limit: 1,
      });
      assert.deepEqual(listed, ended);
    }),
  ),
];
