import { once } from 'node:events';
import type { Readiness } from '@everstep/engine';
import { METRICS_CONTENT_TYPE } from '@everstep/telemetry';
import { createServer } from 'node:http';
import { codeOf, StartError } from './start-error.ts';

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

export interface HealthSources {
  readonly ready: () => Promise<Readiness>;
  readonly metrics: { text(): string | Promise<string> };
}

/**
 * `GET /healthz`: the process runs. `GET /readyz`: it can do its work; 503 and why, where not. `GET /metrics`: its figures
 * for Prometheus.
 */
export async function startHealthServer(
  host: string,
  port: number,
  { ready, metrics }: HealthSources,
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const answer = (status: number, text: string): void => {
      response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`);
    };
    if (request.url === '/healthz') answer(200, 'ok');
    else if (request.url === '/metrics') {
      Promise.resolve(metrics.text()).then(
        (text) => response.writeHead(200, { 'content-type': METRICS_CONTENT_TYPE }).end(text),
        () => answer(500, 'no figures'),
      );
    } else if (request.url !== '/readyz') answer(404, 'not found');
    else {
      ready().then(
        (state) =>
          answer(state.ready ? 200 : 503, state.ready ? 'ready' : `not ready: ${state.reason ?? 'unknown why'}`),
        () => answer(503, 'not ready'),
      );
    }
  });
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw error;
    throw new StartError(`Port ${port} on ${host} is taken: set EVERSTEP_HEALTH_PORT to another one.`);
  }
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
