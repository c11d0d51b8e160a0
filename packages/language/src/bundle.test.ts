import { createContext, runInContext } from 'node:vm';
import { rolldown } from 'rolldown';
import { expect, test } from 'vitest';

/** The package with all that it needs, as one script for browsers; and what stayed outside. */
async function browserBundle(): Promise<{ code: string; imports: readonly string[]; warnings: readonly string[] }> {
  const warnings: string[] = [];
  const bundle = await rolldown({
    input: new URL('./index.ts', import.meta.url).pathname,
    platform: 'browser',
    onLog: (level, log) => warnings.push(`${level} ${log.code}: ${log.message}`),
  });
  const { output } = await bundle.generate({ format: 'iife', name: 'language', minify: true });
  await bundle.close();
  const [chunk] = output;
  return { code: chunk.code, imports: chunk.imports, warnings };
}

test('bundles for the browser, where it runs machines of both query languages without anything of Node.js', async () => {
  const { code, imports, warnings } = await browserBundle();
  expect(imports).toEqual([]);
  expect(warnings).toEqual([]);
  expect(/["'`]node:/.test(code)).toBe(false);
  // A page has a console of its own; this is about what it costs to load, before compression.
  expect(code.length).toBeLessThan(600_000);

  const browser = createContext({ TextEncoder, TextDecoder, URL });
  runInContext(code, browser);
  const run = `(() => {
    const definition = { StartAt: 'A', States: {
      A: { Type: 'Pass', Parameters: { 'n.$': "States.MathAdd($.n, 1)", 'id.$': 'States.UUID()' }, Next: 'B' },
      B: { Type: 'Pass', QueryLanguage: 'JSONata', Output: '{% $states.input.n * 2 %}', End: true } } };
    const { machine } = language.parseStateMachine(JSON.stringify(definition), { type: 'STANDARD' });
    const facts = { executionId: 'e', executionArn: 'a:b:c:d:e:execution:M:n', name: 'n', stateMachineArn: 'm',
      stateMachineName: 'M', stateMachineVersionArn: null, stateMachineAliasArn: null, roleArn: 'r', region: 'r',
      startTime: 0, input: '{"n": 20}', tokenKey: '' };
    const { commands } = language.transition(machine, language.createExecution(facts), { type: 'Start', at: 0 });
    return JSON.stringify(commands);
  })()`;
  expect(JSON.parse(runInContext(run, browser))).toEqual([{ type: 'EndExecution', status: 'SUCCEEDED', output: '42' }]);
}, 60_000);
