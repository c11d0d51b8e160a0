import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FunctionsBench, nodejs, openFunctionsBench } from './testing/functions-bench.ts';

let bench: FunctionsBench;
beforeAll(async () => {
  bench = await openFunctionsBench();
});
afterAll(() => bench?.close());

/** A runtime as anybody may write it: it knows a host and a port, and the pages of AWS's documentation. */
function runtime(work: string): string {
  return `#!${process.execPath}
const { createServer } = require('node:http');
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime';
const post = (path, body, headers = {}) => fetch(api + path, { method: 'POST', body, headers });
const next = async () => {
  const answer = await fetch(api + '/invocation/next');
  const id = answer.headers.get('lambda-runtime-aws-request-id');
  return { status: answer.status, id, headers: answer.headers, event: await answer.json() };
};
const answer = async (id, value) => (await post('/invocation/' + id + '/response', JSON.stringify(value))).status;
(async () => { ${work} })();
`;
}

describe('a runtime of one’s own', () => {
  it('is a bootstrap in the folder, or a command, and gets all headers', async () => {
    const work = `for (;;) {
      const { id, headers, event } = await next();
      const context = Object.fromEntries([...headers].filter(([name]) => name.startsWith('lambda-runtime-')));
      await answer(id, { event, context, words: process.argv.slice(2), handler: process.env._HANDLER, home: process.cwd() });
    }`;
    await bench.define('booted', { bootstrap: runtime(work) });
    await bench.define(
      'commanded',
      { 'bin/run': runtime(work) },
      { command: ['./bin/run', 'two words'], handler: 'app.main' },
    );
    const before = Date.now();
    const booted = await bench.call('booted', [1]);
    const { event, context, words } = JSON.parse(booted.payload);
    expect({ event, words }).toEqual({ event: [1], words: [] });
    expect(context).toMatchObject({
      'lambda-runtime-aws-request-id': booted.requestId,
      'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:eu-west-1:000000000001:function:booted',
      'lambda-runtime-client-context': '{"custom":{"idempotencyKey":"key-1"}}',
      'lambda-runtime-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Sampled=0$/),
    });
    expect(Number(context['lambda-runtime-deadline-ms'])).toBeGreaterThanOrEqual(before + 30_000);
    expect(JSON.parse((await bench.call('commanded')).payload)).toMatchObject({
      words: ['two words'],
      handler: 'app.main',
      home: `${bench.functionsDir}/commanded`,
    });
    expect(await bench.host.describe('booted')).toMatchObject({ runtime: 'provided' });
  });

  it('reports errors, of an invocation and of its beginning', async () => {
    const report = `JSON.stringify({ errorType: 'Own.Error', errorMessage: 'because', stackTrace: [] })`;
    await bench.define('erring', {
      bootstrap: runtime(`for (;;) { const { id, event } = await next();
        await post('/invocation/' + id + '/error', event.plain ? 'no JSON' : ${report}, { 'Lambda-Runtime-Function-Error-Type': 'Own.Type' }); }`),
    });
    expect(JSON.parse((await bench.call('erring')).payload)).toMatchObject({
      errorType: 'Own.Error',
      errorMessage: 'because',
    });
    expect(JSON.parse((await bench.call('erring', { plain: true })).payload)).toEqual({
      errorType: 'Own.Type',
      errorMessage: 'no JSON',
    });
    await bench.define('unready', {
      bootstrap: runtime(`await post('/init/error', ${report}); setInterval(() => {}, 1000);`),
    });
    expect(JSON.parse((await bench.call('unready')).payload)).toMatchObject({ errorType: 'Own.Error' });
  });

  it('streams its answer, and tells by trailers that it failed in the middle', async () => {
    const work = `for (;;) {
      const { id, event } = await next();
      const { hostname, port } = new URL(api);
      await new Promise((done) => {
        const sent = require('node:http').request({ hostname, port, method: 'POST', path: '/2018-06-01/runtime/invocation/' + id + '/response',
          headers: { 'Lambda-Runtime-Function-Response-Mode': 'streaming', trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body' } }, (r) => r.resume().on('end', done));
        sent.write('{"half":'); sent.write('"whole"}');
        if (event.fail) sent.addTrailers({ 'Lambda-Runtime-Function-Error-Type': 'Own.Late',
          'Lambda-Runtime-Function-Error-Body': Buffer.from('{"errorType":"Own.Late","errorMessage":"in the middle"}').toString('base64') });
        sent.end();
      });
    }`;
    await bench.define('streaming', { bootstrap: runtime(work) });
    expect((await bench.call('streaming')).payload).toBe('{"half":"whole"}');
    const failed = await bench.call('streaming', { fail: true });
    expect(failed.functionError).toBe('Unhandled');
    expect(JSON.parse(failed.payload)).toEqual({ errorType: 'Own.Late', errorMessage: 'in the middle' });
  });

  it('that breaks the protocol is told so', async () => {
    const work = `for (;;) {
      const { id } = await next();
      const statuses = [
        (await post('/invocation/other/response', '1')).status,
        (await fetch(api + '/invocation/next')).status,
        (await post('/init/error', '{}')).status,
        (await fetch(api + '/elsewhere')).status,
      ];
      await answer(id, statuses);
    }`;
    await bench.define('wrong', { bootstrap: runtime(work) });
    expect((await bench.call('wrong')).payload).toBe('[400,403,403,404]');
    expect((await bench.call('wrong')).payload).toBe('[400,403,403,404]');
  });

  it('that cannot be run, or ends at once, is answered as Lambda answers it', async () => {
    await bench.define('absent', { 'index.txt': '' }, { command: ['./not-there'] });
    const absent = await bench.call('absent');
    expect(JSON.parse(absent.payload)).toEqual({
      errorType: 'Runtime.InvalidEntrypoint',
      errorMessage: `RequestId: ${absent.requestId} Error: fork/exec ${bench.functionsDir}/absent/not-there: no such file or directory`,
    });
    await bench.define('elsewhere', { 'index.txt': '' }, { command: ['no-such-program-anywhere'] });
    expect((await bench.call('elsewhere')).payload).toContain(
      'fork/exec no-such-program-anywhere: no such file or directory',
    );
    await bench.define('brief', { bootstrap: runtime('process.exit(127);') });
    expect((await bench.call('brief')).payload).toContain('Runtime exited with error: exit status 127');
  });
});

describe('a function cannot reach the Runtime API of another', () => {
  it('whose address has a secret path', async () => {
    await bench.define('address', nodejs('export const handler = () => process.env.AWS_LAMBDA_RUNTIME_API;'));
    const address: string = JSON.parse((await bench.call('address')).payload);
    expect(address).toMatch(/^127\.0\.0\.1:\d+\/[\w-]{32}$/);
    const [host = ''] = address.split('/');
    for (const path of ['', '/guess', `/${'A'.repeat(32)}`]) {
      expect((await fetch(`http://${host}${path}/2018-06-01/runtime/invocation/next`)).status).toBe(404);
    }
  });

  it.runIf(process.platform === 'linux')('whose address has none, but which knows its own processes', async () => {
    const work = `
      const { execFileSync } = require('node:child_process');
      for (;;) {
        const { id, event } = await next();
        // What it starts is its own: this process answers for it.
        const script = "fetch(process.argv[1], { method: 'POST', body: JSON.stringify(process.argv[2]) })";
        if (event.byChild) execFileSync(process.execPath, ['-e', script, api + '/invocation/' + id + '/response', 'by my child']);
        else await answer(id, process.env.AWS_LAMBDA_RUNTIME_API);
      }`;
    await bench.define('port', { bootstrap: runtime(work) });
    const address: string = JSON.parse((await bench.call('port')).payload);
    expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
    const stolen = await fetch(`http://${address}/2018-06-01/runtime/invocation/next`);
    expect(stolen.status).toBe(403);
    expect((await bench.call('port', { byChild: true })).payload).toBe('"by my child"');
  });
});
