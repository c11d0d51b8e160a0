import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProcessBudget } from './process-budget.ts';
import { type FunctionsBench, nodejs, openFunctionsBench, python } from './testing/functions-bench.ts';

let bench: FunctionsBench;
beforeAll(async () => {
  bench = await openFunctionsBench();
});
afterAll(() => bench?.close());

describe('a function whose files change', () => {
  it('is another one with the next invocation', async () => {
    await bench.define('hot', {
      ...nodejs('import { text } from "./lib/text.mjs"; export const handler = () => text;'),
      'lib/text.mjs': 'export const text = "one";',
    });
    expect((await bench.call('hot')).payload).toBe('"one"');
    await bench.define('hot', { 'lib/text.mjs': 'export const text = "two, and longer";' });
    expect((await bench.call('hot')).payload).toBe('"two, and longer"');
  });

  it('may come to be another language, be gone, and come back', async () => {
    await bench.define('turns', nodejs('export const handler = () => "node";'));
    expect((await bench.call('turns')).payload).toBe('"node"');
    await rm(join(bench.functionsDir, 'turns'), { recursive: true });
    await expect(bench.call('turns')).rejects.toThrow('Function not found');
    await bench.define('turns', python('def lambda_handler(event, context): return "python"'));
    expect((await bench.call('turns')).payload).toBe('"python"');
  });

  it('that cannot be looked at is no function that is not there', async () => {
    await symlink('winds', join(bench.functionsDir, 'winds'));
    await expect(bench.call('winds')).rejects.toThrow('ELOOP');
    await rm(join(bench.functionsDir, 'winds'));
  });

  it('stays warm while nothing but its packages and caches change', async () => {
    await bench.define('calm', nodejs('export const handler = () => process.pid;'));
    const { payload } = await bench.call('calm');
    await mkdir(join(bench.functionsDir, 'calm/node_modules/some'), { recursive: true });
    await bench.define('calm', { 'node_modules/some/index.js': '1;', '__pycache__/x.pyc': '' });
    expect((await bench.call('calm')).payload).toBe(payload);
  });

  it('finishes what it has begun', async () => {
    const source = (text: string) =>
      nodejs(`
      import { existsSync } from 'node:fs';
      import { setTimeout as pause } from 'node:timers/promises';
      export const handler = async ({ gate }) => { console.log('begun'); while (gate && !existsSync(gate)) await pause(5); return '${text}'; };`);
    await bench.define('steady', source('old'));
    const gate = join(bench.functionsDir, 'gate');
    const running = bench.call('steady', { gate });
    await expect
      .poll(() => bench.lines.some(({ functionName }) => functionName === 'steady'), { timeout: 20_000 })
      .toBe(true);
    await bench.define('steady', source('brand new'));
    expect((await bench.call('steady')).payload).toBe('"brand new"');
    await writeFile(gate, '');
    expect((await running).payload).toBe('"old"');
  });
});

describe('idle processes', () => {
  it('end after a while', async () => {
    const quick = await openFunctionsBench({ idleMs: 1 });
    try {
      await quick.define('brief', nodejs('export const handler = () => process.pid;'));
      const pid = Number((await quick.call('brief')).payload);
      await expect.poll(() => isGone(pid)).toBe(true);
    } finally {
      await quick.close();
    }
  });

  it('make room for other functions where there may be no more processes', async () => {
    const small = await openFunctionsBench({ maxProcesses: 1 });
    try {
      for (const name of ['a', 'b']) await small.define(name, nodejs('export const handler = () => process.pid;'));
      const first = Number((await small.call('a')).payload);
      const answers = await Promise.all([small.call('b'), small.call('a'), small.call('b')]);
      expect(answers.map(({ functionError }) => functionError)).toEqual([undefined, undefined, undefined]);
      expect(isGone(first)).toBe(true);
    } finally {
      await small.close();
    }
  });

  it('in a budget: who waits longest comes first', async () => {
    const budget = new ProcessBudget(1);
    await budget.take();
    const order: string[] = [];
    const waiting = ['first', 'second'].map((name) => budget.take().then(() => order.push(name)));
    let evicted = 0;
    budget.addIdle({ evict: () => void (evicted += 1) });
    expect(evicted).toBe(1);
    budget.giveBack();
    budget.giveBack();
    await Promise.all(waiting);
    expect(order).toEqual(['first', 'second']);
  });
});

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
