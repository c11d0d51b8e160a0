import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FunctionsBench, nodejs, openFunctionsBench } from './testing/functions-bench.ts';

let bench: FunctionsBench;
beforeAll(async () => {
  bench = await openFunctionsBench();
});
afterAll(() => bench?.close());

async function failureOf(name: string, payload: unknown = {}) {
  const answer = await bench.call(name, payload);
  expect(answer.functionError).toBe('Unhandled');
  const { errorType, errorMessage, ...more } = JSON.parse(answer.payload);
  return { errorType, errorMessage, more, requestId: answer.requestId };
}

describe('a function that fails by itself', () => {
  it('by throwing is answered with type, message and stack, and stays warm', async () => {
    const source = `export const handler = ({ say }) => {
      if (say) return process.pid; const e = new Error("no"); e.name = "CardDeclined"; throw e; };`;
    await bench.define('throws', nodejs(source));
    const before = await bench.call('throws', { say: true });
    const { errorType, errorMessage, more } = await failureOf('throws');
    expect({ errorType, errorMessage }).toEqual({ errorType: 'CardDeclined', errorMessage: 'no' });
    expect(more.trace[1]).toMatch(/at handler \(.*index\.mjs:2:/);
    expect((await bench.call('throws', { say: true })).payload).toBe(before.payload);
  });

  it('by a text is answered as one', async () => {
    await bench.define('throwsText', nodejs('export const handler = async () => { throw "just text"; };'));
    expect(await failureOf('throwsText')).toMatchObject({ errorType: 'string', errorMessage: 'just text' });
  });

  it.each([
    ['export const other = 1;', 'Runtime.HandlerNotFound', 'index.handler is undefined or not exported'],
    [
      'import "not-installed"; export const handler = 1;',
      'Runtime.ImportModuleError',
      "Error: Cannot find package 'not-installed'",
    ],
    ['export const handler = (;', 'Runtime.UserCodeSyntaxError', 'SyntaxError: '],
    ['throw new TypeError("at load");', 'TypeError', 'at load'],
    ['process.exit(3);', 'Runtime.ExitError', 'Error: Runtime exited with error: exit status 3'],
    ['process.exit(0);', 'Runtime.ExitError', 'Error: Runtime exited without providing a reason'],
  ])('while it loads (%s) is answered as %s', async (source, errorType, message) => {
    await bench.define('broken', nodejs(source));
    const failure = await failureOf('broken');
    expect(failure.errorType).toBe(errorType);
    expect(failure.errorMessage).toContain(message);
  });

  it('where nobody catches it is answered, and its process is over', async () => {
    const source = `export const handler = ({ kind }) => {
      if (kind === undefined) return process.pid;
      const fail = () => { throw new RangeError("late"); };
      if (kind === 'timer') setTimeout(fail, 1); else Promise.resolve().then(fail);
      return new Promise(() => setInterval(() => {}, 1000)); };`;
    await bench.define('uncaught', nodejs(source));
    const first = await bench.call('uncaught');
    expect(await failureOf('uncaught', { kind: 'timer' })).toMatchObject({
      errorType: 'RangeError',
      errorMessage: 'late',
    });
    expect(await failureOf('uncaught', { kind: 'promise' })).toMatchObject({
      errorType: 'Runtime.UnhandledPromiseRejection',
      errorMessage: 'RangeError: late',
    });
    expect((await bench.call('uncaught')).payload).not.toBe(first.payload);
  });

  it('with an answer that is no JSON says so', async () => {
    await bench.define('circle', nodejs('export const handler = () => { const a = {}; a.a = a; return a; };'));
    expect(await failureOf('circle')).toMatchObject({
      errorType: 'Runtime.MarshalError',
      errorMessage: 'Unable to stringify response body',
    });
  });
});

describe('a function that the host has to end', () => {
  it('takes too long: the next invocation gets a new process', async () => {
    const source = `export const handler = ({ wait }) => {
      if (wait === 'busy') for (;;); return wait ? new Promise(() => setInterval(() => {}, 1000)) : 'quick'; };`;
    await bench.define('slow', nodejs(source), { timeoutSeconds: 1 });
    for (const wait of ['idle', 'busy']) {
      const { errorType, errorMessage, requestId } = await failureOf('slow', { wait });
      expect(errorType).toBe('Sandbox.Timedout');
      expect(errorMessage).toBe(`RequestId: ${requestId} Error: Task timed out after 1.00 seconds`);
    }
    expect((await bench.call('slow')).payload).toBe('"quick"');
    expect(bench.lines.map(({ message }) => message).join('\n')).toContain('[ERROR] Sandbox.Timedout: RequestId: ');
  });

  it('ends itself, or is killed', async () => {
    await bench.define('crash', nodejs('export const handler = ({ how }) => { eval(how); return 1; };'));
    const messageOf = async (how: string) => {
      const { errorType, errorMessage } = await failureOf('crash', { how });
      expect(errorType).toBe('Runtime.ExitError');
      return errorMessage.replace(/^RequestId: [\w-]+ /, '');
    };
    expect(await messageOf('process.exit(7)')).toBe('Error: Runtime exited with error: exit status 7');
    const { requestId } = await bench.call('crash', { how: 'console.error("last words"); process.exit(1)' });
    expect(bench.lines).toContainEqual(expect.objectContaining({ message: 'last words', requestId }));
    const killed = 'process.kill(process.pid, "SIGKILL"); for (;;);';
    expect(await messageOf(killed)).toBe('Error: Runtime exited with error: signal: killed');
    expect(await messageOf('process.abort()')).toBe('Error: Runtime exited with error: signal: aborted');
  });

  it('is not needed any more: what it had started ends as well', async () => {
    const source = `
      import { spawn } from 'node:child_process';
      export const handler = () => {
        console.log('child', spawn('sleep', ['600'], { stdio: 'ignore' }).pid);
        return new Promise(() => setInterval(() => {}, 1000)); };`;
    await bench.define('parent', nodejs(source));
    const stopped = new AbortController();
    const running = bench.call('parent', {}, { signal: stopped.signal });
    const said = (): string => bench.lines.find(({ message }) => message.startsWith('child '))?.message ?? '';
    await expect.poll(said, { timeout: 20_000 }).toMatch(/^child \d+$/);
    stopped.abort();
    expect((await running).functionError).toBe('Unhandled');
    const pid = Number(said().slice('child '.length));
    await expect.poll(() => isRunning(pid)).toBe(false);
  });

  it.runIf(process.platform === 'linux')('takes more memory than it may', async () => {
    const source = `const kept = []; export const handler = () => new Promise(() => {
      setInterval(() => kept.push(Buffer.alloc(8_000_000, 1)), 20); });`;
    await bench.define('greedy', nodejs(source), { memoryMb: 128 });
    const { errorType, errorMessage, requestId } = await failureOf('greedy');
    expect(errorType).toBe('Runtime.OutOfMemory');
    expect(errorMessage).toBe(`RequestId: ${requestId} Error: Runtime exited with error: signal: killed`);
  });

  it('dies while it is idle: the next invocation does not notice', async () => {
    await bench.define('fragile', nodejs('export const handler = () => process.pid;'));
    for (let round = 0; round < 5; round += 1) {
      const pid = Number((await bench.call('fragile')).payload);
      process.kill(pid, 'SIGKILL');
      expect(Number((await bench.call('fragile')).payload)).not.toBe(pid);
    }
  });
});

describe('a function that answers or writes without measure', () => {
  it('may answer 6 MB, and no more', async () => {
    await bench.define('large', nodejs('export const handler = ({ n }) => "x".repeat(n);'), { memoryMb: 1_024 });
    expect((await bench.call('large', { n: 6_291_000 })).payload).toHaveLength(6_291_002);
    for (const n of [6_291_557, 30_000_000]) {
      expect(await failureOf('large', { n })).toMatchObject({
        errorType: 'Function.ResponseSizeTooLarge',
        errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
      });
    }
    expect((await bench.call('large', { n: 1 })).payload).toBe('"x"');
  });

  it('is slowed down by its own output, which fills neither memory nor the event loop', async () => {
    const source = `import { writeSync } from 'node:fs';
      export const handler = () => { const text = 'y'.repeat(999) + '\\n'; for (;;) writeSync(1, text.repeat(60)); };`;
    await bench.define('flood', nodejs(source), { timeoutSeconds: 2 });
    const before = bench.lines.length;
    const turns = countTurns();
    expect(await failureOf('flood')).toMatchObject({ errorType: 'Sandbox.Timedout' });
    const bytes = bench.lines.slice(before).reduce((sum, { message }) => sum + message.length, 0);
    expect(bytes).toBeGreaterThan(1_000_000);
    expect(bytes).toBeLessThan(10_000_000);
    expect(turns.stop()).toBeGreaterThan(20);
  });

  it('may write a line without an end', async () => {
    await bench.define(
      'line',
      nodejs('export const handler = () => { process.stdout.write("z".repeat(1_000_000)); return 1; };'),
    );
    await bench.call('line');
    const lengths = (): number =>
      bench.lines.filter(({ message }) => message[0] === 'z').reduce((n, { message }) => n + message.length, 0);
    await expect.poll(lengths).toBeGreaterThan(700_000);
    expect(Math.max(...bench.lines.map(({ message }) => message.length))).toBeLessThanOrEqual(262_144);
  });
});

/** How often the event loop came round. */
function countTurns(): { stop(): number } {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 10);
  return {
    stop() {
      clearInterval(timer);
      return turns;
    },
  };
}

async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  // What nobody has waited for is dead nevertheless.
  return status !== '' && !/\) Z /.test(status);
}
