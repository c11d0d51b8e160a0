import { execFileSync } from 'node:child_process';
import { describeWith, type TestNeed } from '@everstep/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EXECUTION, type FunctionsBench, openFunctionsBench, python } from '../testing/functions-bench.ts';

const PYTHON: TestNeed = { what: 'python3', available: hasPython, install: 'apt-get install python3' };

function hasPython(): boolean {
  try {
    execFileSync('python3', ['--version']);
    return true;
  } catch {
    return false;
  }
}

describeWith(PYTHON, 'a function in Python', () => {
  let bench: FunctionsBench;
  beforeAll(async () => {
    bench = await openFunctionsBench();
  });
  afterAll(() => bench?.close());

  async function failureOf(name: string, payload: unknown = {}) {
    const answer = await bench.call(name, payload);
    expect(answer.functionError).toBe('Unhandled');
    return { ...JSON.parse(answer.payload), id: answer.requestId };
  }

  it('gets its event and context, and answers JSON', async () => {
    await bench.define(
      'echo',
      python(`
import decimal, os

def lambda_handler(event, context):
    return {
        "event": event, "arn": context.invoked_function_arn, "id": context.aws_request_id,
        "key": context.client_context.custom["idempotencyKey"], "version": context.function_version,
        "in_time": context.get_remaining_time_in_millis() > 20000, "memory": context.memory_limit_in_mb,
        "decimals": [decimal.Decimal("1.50"), decimal.Decimal("7")], "root": os.getcwd(),
        "secrets": [name for name in os.environ if "DATABASE" in name],
    }
`),
    );
    const answer = await bench.call('echo', { a: [1.5, null, true, 'é😀'] });
    expect(answer.functionError).toBeUndefined();
    expect(JSON.parse(answer.payload)).toEqual({
      event: { a: [1.5, null, true, 'é😀'] },
      arn: 'arn:aws:lambda:eu-west-1:000000000001:function:echo',
      id: answer.requestId,
      key: 'key-1',
      version: '$LATEST',
      in_time: true,
      memory: '128',
      decimals: [1.5, 7],
      root: `${bench.functionsDir}/echo`,
      secrets: [],
    });
  });

  it('stays warm, imports its own modules, and is found by its manifest', async () => {
    const files = {
      'src/app.py':
        'from shop.prices import price\nn = 0\ndef run(event, context):\n  global n\n  n += 1\n  return [n, price]\n',
    };
    await bench.define(
      'named',
      { ...files, 'shop/prices.py': 'price = 3\n' },
      { handler: 'src/app.run', runtime: 'python' },
    );
    expect((await bench.call('named')).payload).toBe('[1, 3]');
    expect((await bench.call('named')).payload).toBe('[2, 3]');
  });

  it('that raises is answered with message, type, request and stack', async () => {
    await bench.define(
      'raises',
      python(`
class CardDeclined(Exception):
    pass

def charge(card):
    raise CardDeclined("no money: é")

def lambda_handler(event, context):
    charge("visa")
`),
    );
    const { id, ...report } = await failureOf('raises');
    const file = `${bench.functionsDir}/raises/lambda_function.py`;
    expect(report).toEqual({
      errorMessage: 'no money: é',
      errorType: 'CardDeclined',
      requestId: id,
      stackTrace: [
        `  File "${file}", line 9, in lambda_handler\n    charge("visa")\n`,
        `  File "${file}", line 6, in charge\n    raise CardDeclined("no money: é")\n`,
      ],
    });
    const own = bench.lines.filter(({ functionName }) => functionName === 'raises');
    expect(own[0]).toMatchObject({
      message: '[ERROR] CardDeclined: no money: é',
      requestId: id,
      executionArn: EXECUTION,
    });
  });

  it.each([
    [
      'import nothing_of_the_kind',
      'Runtime.ImportModuleError',
      "Unable to import module 'lambda_function': No module named 'nothing_of_the_kind'",
    ],
    ['def lambda_handler(:', 'Runtime.UserCodeSyntaxError', "Syntax error in module 'lambda_function': "],
    ['x = 1', 'Runtime.HandlerNotFound', "Handler 'lambda_handler' missing on module 'lambda_function'"],
    ['raise KeyError("at load")', 'KeyError', "'at load'"],
    [
      'def lambda_handler(event, context): return {1, 2}',
      'Runtime.MarshalError',
      'Unable to marshal response: Object of type set is not JSON serializable',
    ],
    [
      'def lambda_handler(event, context): return float("nan")',
      'Runtime.MarshalError',
      'Unable to marshal response: Out of range float',
    ],
    [
      'import sys\ndef lambda_handler(event, context): sys.exit(4)',
      'Runtime.ExitError',
      'Runtime exited with error: exit status 4',
    ],
    [
      'import os, signal\ndef lambda_handler(event, context): os.kill(os.getpid(), signal.SIGKILL)',
      'Runtime.ExitError',
      'signal: killed',
    ],
  ])('%s is answered as %s', async (source, errorType, message) => {
    await bench.define('broken', python(source));
    const failure = await failureOf('broken');
    expect(failure.errorType).toBe(errorType);
    expect(failure.errorMessage).toContain(message);
  });

  it('that takes too long, or too much, is ended', async () => {
    const source = `
import time
def lambda_handler(event, context):
    if event.get("greedy"):
        kept = []
        while True:
            kept.append(bytearray(8_000_000))
            time.sleep(0.02)
    time.sleep(600)
`;
    await bench.define('slow', python(source), { timeoutSeconds: 1, memoryMb: 64 });
    expect(await failureOf('slow')).toMatchObject({ errorType: 'Sandbox.Timedout' });
    await bench.define('slow', {}, { timeoutSeconds: 5, memoryMb: 64 });
    // Elsewhere nobody tells how much memory a process holds.
    const errorType = process.platform === 'linux' ? 'Runtime.OutOfMemory' : 'Sandbox.Timedout';
    expect(await failureOf('slow', { greedy: true })).toMatchObject({ errorType });
  });

  it('logs in the shape that AWS gives, line by line', async () => {
    await bench.define(
      'talk',
      python(`
import logging, sys
logging.getLogger().setLevel(logging.INFO)
def lambda_handler(event, context):
    logging.info("charging %s", "visa")
    print("plain")
    print("to stderr", file=sys.stderr)
`),
    );
    const { requestId } = await bench.call('talk');
    const own = (): string[] =>
      bench.lines.filter(({ functionName }) => functionName === 'talk').map(({ message }) => message);
    expect(own().toSorted()).toEqual([
      expect.stringMatching(new RegExp(`^\\[INFO\\]\\t\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z\\t${requestId}\\tcharging visa$`)),
      'plain',
      'to stderr',
    ]);
  });

  it('may be larger than what is allowed: the answer says so, and the process goes on', async () => {
    await bench.define('large', python('def lambda_handler(event, context): return "x" * event["n"]'), {
      memoryMb: 512,
    });
    expect(await failureOf('large', { n: 7_000_000 })).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' });
    expect((await bench.call('large', { n: 2 })).payload).toBe('"xx"');
  });
});
