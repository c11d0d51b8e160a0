import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describeWith } from './describe-with.ts';
import { findBinary } from './find-binary.ts';
import { freePort } from './free-port.ts';
import { OwnServer } from './own-server.ts';
import { postgresUser } from './postgres-binaries.ts';

/** A private NATS server with JetStream, which wants a token. */
export interface TestNats {
  readonly server: string;
  readonly token: string;
  stop(): Promise<void>;
}

const install = 'install nats-server (Debian: apt-get install nats-server)';

/** A suite that needs NATS: skipped by name where there is none, and failed there with CI=true. */
export function describeWithNats(name: string, body: () => void): void {
  const available = async (): Promise<boolean> => (await findBinary('nats-server')) !== null;
  describeWith({ what: 'NATS', available, install }, name, body);
}

export async function startTestNats(): Promise<TestNats> {
  const file = await findBinary('nats-server');
  if (file === null) throw new Error(`no NATS for the tests: ${install}`);
  const server = await OwnServer.create('nats', await postgresUser());
  const token = randomBytes(12).toString('hex');
  const port = await freePort();
  await server.start({
    file,
    arguments: [
      ...['--addr', '127.0.0.1', '--port', String(port), '--auth', token],
      ...['--jetstream', '--store_dir', join(server.folder, 'jetstream')],
    ],
    ready: () => greets(port),
  });
  return { server: `127.0.0.1:${port}`, token, stop: () => server.dispose('SIGKILL') };
}

/** NATS speaks first; nobody else would say this at our port. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once('data', (data) => {
      resolve(data.toString('utf8').startsWith('INFO '));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
