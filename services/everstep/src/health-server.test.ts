import type { Readiness } from '@everstep/engine';
import { createMetrics } from '@everstep/telemetry';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type HealthServer, startHealthServer } from './health-server.ts';

const servers: HealthServer[] = [];
const metrics = createMetrics();
afterAll(() => metrics.close());

async function serve(ready: () => Promise<Readiness>): Promise<string> {
  const server = await startHealthServer('127.0.0.1', 0, { ready, metrics });
  servers.push(server);
  return `http://127.0.0.1:${server.port}`;
}

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url);
  await response.text();
  return response.status;
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

describe('startHealthServer', () => {
  it('answers that the process runs and whether it is ready', async () => {
    let ready = false;
    const url = await serve(async () => (ready ? { ready } : { ready, reason: 'the database is read-only' }));
    expect(await statusOf(`${url}/healthz`)).toBe(200);
    expect(await statusOf(`${url}/readyz`)).toBe(503);
    expect(await (await fetch(`${url}/readyz`)).text()).toBe('not ready: the database is read-only\n');
    ready = true;
    expect(await statusOf(`${url}/readyz`)).toBe(200);
    expect(await statusOf(`${url}/`)).toBe(404);
  });

  it('answers its figures for Prometheus', async () => {
    metrics.count('claims', 3);
    const response = await fetch(`${await serve(async () => ({ ready: true }))}/metrics`);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await response.text()).toContain('\neverstep_claims_total 3\n');
  });

  it('is not ready where asking fails', async () => {
    expect(await statusOf(`${await serve(() => Promise.reject(new Error('gone')))}/readyz`)).toBe(503);
  });

  it('names the setting where its port is taken', async () => {
    const port = Number(new URL(await serve(async () => ({ ready: true }))).port);
    await expect(
      startHealthServer('127.0.0.1', port, { ready: async () => ({ ready: true }), metrics }),
    ).rejects.toThrow('EVERSTEP_HEALTH_PORT');
  });
});
