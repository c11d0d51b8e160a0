import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describeWith } from './describe-with.ts';
import { findBinary } from './find-binary.ts';
import { freePort } from './free-port.ts';
import { OwnServer } from './own-server.ts';
import { postgresUser } from './postgres-binaries.ts';

/** A private RabbitMQ, with its user `guest`. */
export interface TestRabbitmq {
  readonly url: string;
  stop(): Promise<void>;
}

/** Debian's own command starts it as another user, with its own folders; the program itself lies here. */
const PROGRAMS = '/usr/lib/rabbitmq/bin';
const PROGRAM = 'rabbitmq-server';
const install = `install ${PROGRAM} (Debian: apt-get install ${PROGRAM})`;
/** It takes some seconds where a machine has nothing else to do. */
const startTimeoutMs = 90_000;

/** A suite that needs RabbitMQ: skipped by name where there is none, and failed there with CI=true. */
export function describeWithRabbitmq(name: string, body: () => void): void {
  const available = async (): Promise<boolean> =>
    (await findBinary(PROGRAM, PROGRAMS)) !== null && (await findBinary('epmd')) !== null;
  describeWith({ what: 'RabbitMQ', available, install }, name, body);
}

export async function startTestRabbitmq(): Promise<TestRabbitmq> {
  const [file, epmd] = [await findBinary(PROGRAM, PROGRAMS), await findBinary('epmd')];
  if (file === null || epmd === null) throw new Error(`no RabbitMQ for the tests: ${install}`);
  const user = await postgresUser();
  // A name server of its own, which would otherwise be started aside and stay.
  const names = await OwnServer.create('epmd', user);
  const server = await OwnServer.create('rabbitmq', user);
  const stop = async (): Promise<void> => {
    await server.dispose('SIGKILL');
    await names.dispose('SIGKILL');
  };
  try {
    const [port, distributionPort, namesPort] = [await freePort(), await freePort(), await freePort()];
    await names.start({
      file: epmd,
      arguments: ['-port', String(namesPort), '-address', '127.0.0.1'],
      ready: () => answers(namesPort, null),
    });
    await server.start({
      file: '/usr/bin/env',
      arguments: [...settings(server.folder, { port, distributionPort, namesPort }), file],
      ready: () => answers(port, Buffer.from('AMQP\0\0\t\x01', 'latin1')),
      startTimeoutMs,
    });
    return { url: `amqp://guest:guest@127.0.0.1:${port}`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function settings(folder: string, ports: { port: number; distributionPort: number; namesPort: number }): string[] {
  const variables = {
    HOME: folder,
    RABBITMQ_NODENAME: `everstep-${randomBytes(6).toString('hex')}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: ports.port,
    RABBITMQ_DIST_PORT: ports.distributionPort,
    ERL_EPMD_PORT: ports.namesPort,
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'none'),
    RABBITMQ_CONFIG_FILE: join(folder, 'none'),
    // In the shell's own process, which can be ended then.
    RUNNING_UNDER_SYSTEMD: 'true',
  };
  return Object.entries(variables).map(([name, value]) => `${name}=${value}`);
}

/** Whether somebody listens, and answers what is said. */
function answers(port: number, said: Buffer | null): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      if (said !== null) socket.write(said);
      else end(true);
    });
    const end = (answered: boolean): void => {
      resolve(answered);
      socket.destroy();
    };
    socket.setTimeout(1_000, () => end(false));
    socket.once('data', () => end(true));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
  });
}
