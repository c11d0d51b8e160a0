import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { load, serve } from './serve.mjs';

const restate = await load('@restatedev/restate-sdk');
const nothing = () => ({});

const bench = restate.service({
  name: 'bench',
  handlers: {
    steps: async (ctx) => {
      for (let step = 0; step < 10; step += 1) await ctx.run(`step${step}`, nothing);
      return {};
    },
    fan: async (ctx, items) => {
      await restate.RestatePromise.all(Array.from({ length: items }, (_, item) => ctx.run(`item${item}`, nothing)));
      return {};
    },
    nothing: async () => ({}),
  },
});

async function freePort() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function binary() {
  const here = createRequire(import.meta.url);
  const launcher = createRequire(here.resolve('@restatedev/restate-server/package.json'));
  const name = `@restatedev/restate-server-${process.platform}-${process.arch}`;
  const file = join(dirname(launcher.resolve(`${name}/package.json`)), 'bin', 'restate-server');
  chmodSync(file, 0o755);
  return file;
}

const [ingress, admin, node, endpoint] = [await freePort(), await freePort(), await freePort(), await freePort()];
const folder = mkdtempSync(join(tmpdir(), 'bench-restate-'));
const server = spawn(binary(), ['--no-logo', '--base-dir', folder, '--bind-ip', '127.0.0.1', '--listen-mode', 'tcp'], {
  env: {
    ...process.env,
    RESTATE_BIND_PORT: String(node),
    RESTATE_INGRESS__BIND_PORT: String(ingress),
    RESTATE_ADMIN__BIND_PORT: String(admin),
    RESTATE_DISABLE_TELEMETRY: 'true',
    RUST_LOG: 'off',
  },
  stdio: ['ignore', 'ignore', 'inherit'],
});
server.on('exit', (code, signal) => {
  if (signal !== 'SIGKILL') console.error(`restate-server ended: ${code ?? signal}`);
});
process.on('exit', () => server.kill('SIGKILL'));
await restate.serve({ services: [bench], port: endpoint });

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

function post(port, path, body) {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const sent = request({ host: '127.0.0.1', port, path, method: 'POST', agent, headers }, (answer) => {
      let received = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk) => {
        received += chunk;
      });
      answer.on('end', () => {
        if (answer.statusCode < 300) resolve(received);
        else reject(new Error(`${path} answered ${answer.statusCode}: ${received}`));
      });
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

async function register() {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await post(admin, '/deployments', { uri: `http://127.0.0.1:${endpoint}` });
    } catch (error) {
      // It takes a few seconds to start, in an order of its own.
      if (attempt > 150) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

await register();
serve({
  one: () => post(ingress, '/bench/steps', null),
  request: () => post(ingress, '/bench/nothing', null),
  fanOut: (items) => post(ingress, '/bench/fan', items),
  async stop() {
    server.kill('SIGKILL');
    await once(server, 'exit');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  },
});
