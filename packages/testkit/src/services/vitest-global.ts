import { once } from 'node:events';
import { createServer } from 'node:http';
import { type PostgresServer, startPostgresServer } from './postgres-server.ts';

/**
 * vitest's globalSetup: one Postgres for the whole run. It is started when the first test asks for it
 * (`EVERSTEP_TEST_SERVICES_URL`/postgres), so that runs without a database do not pay for one.
 */
export default async function setup(): Promise<() => Promise<void>> {
  let postgres: Promise<PostgresServer> | null = null;
  const broker = createServer((request, response) => {
    if (request.url !== '/postgres') {
      response.writeHead(404).end();
      return;
    }
    postgres ??= startPostgresServer();
    postgres.then(
      (server) => response.end(server.connectionString),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    );
  });
  broker.listen(0, '127.0.0.1');
  await once(broker, 'listening');
  broker.unref();
  const address = broker.address();
  if (address === null || typeof address === 'string') throw new Error('a listening TCP server has no port');
  process.env['EVERSTEP_TEST_SERVICES_URL'] = `http://127.0.0.1:${address.port}`;
  return async () => {
    broker.close();
    broker.closeAllConnections();
    if (postgres === null) return;
    const started = await postgres.catch(() => null);
    await started?.dispose();
  };
}
