import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { describeWith } from './describe-with.ts';
import { findBinary } from './find-binary.ts';
import { freePort } from './free-port.ts';
import { OwnServer } from './own-server.ts';
import { postgresUser } from './postgres-binaries.ts';

export interface TestRedisCluster {
  /** `redis+cluster://` with the addresses of all nodes. */
  readonly url: string;
  /** `redis://` of each node. */
  readonly nodeUrls: readonly string[];
  /** Kills the node of that index; who it is and its slots stay on its disk, its data does not. */
  kill(node: number): Promise<void>;
  /** Starts it again; resolves when all nodes see a whole cluster. */
  start(node: number): Promise<void>;
  /** Ends all of them. */
  stop(): Promise<void>;
}

const NODES = 3;
const SLOTS = 16_384;
const install = 'install redis-server (Debian: apt-get install redis-server)';

/** A suite that needs a Redis Cluster of its own: skipped by name where there is no `redis-server`, and failed there with CI=true. */
export function describeWithRedisCluster(name: string, body: () => void | Promise<void>): void {
  const available = async (): Promise<boolean> => (await findBinary('redis-server')) !== null;
  describeWith({ what: 'redis-server', available, install }, name, body);
}

class Node {
  readonly #binary: string;
  readonly #password: string;
  readonly #server: OwnServer;
  #port = 0;
  #busPort = 0;

  constructor(binary: string, password: string, server: OwnServer) {
    this.#binary = binary;
    this.#password = password;
    this.#server = server;
  }

  get host(): string {
    return `127.0.0.1:${this.#port}`;
  }
  get url(): string {
    return `redis://:${this.#password}@${this.host}`;
  }

  async begin(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      [this.#port, this.#busPort] = [await freePort(), await freePort()];
      try {
        await this.start();
        return;
      } catch (error) {
        // Somebody may have taken a port in between.
        if (attempt === 3) throw error;
      }
    }
  }

  start(): Promise<void> {
    return this.#server.start({
      file: this.#binary,
      arguments: [
        ...['--port', String(this.#port), '--cluster-port', String(this.#busPort), '--bind', '127.0.0.1'],
        ...['--requirepass', this.#password, '--save', '', '--appendonly', 'no', '--dir', this.#server.folder],
        ...['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000', '--cluster-announce-ip', '127.0.0.1'],
      ],
      ready: async (pid) => {
        const information = await this.ask('INFO', 'server').catch(() => '');
        if (information === '') return false;
        if (!information.includes(`process_id:${pid}\r\n`)) throw new Error('another Redis answers at our port');
        return true;
      },
    });
  }

  async ask(command: string, ...words: string[]): Promise<string> {
    const client = new Redis(this.url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
    // The failure reaches the caller through connect() and the command.
    client.on('error', () => undefined);
    try {
      await client.connect();
      return String(await client.call(command, ...words));
    } finally {
      client.disconnect();
    }
  }

  /** As another node's MEET wants it: host, port and the port of the bus. */
  get meeting(): string[] {
    return ['127.0.0.1', String(this.#port), String(this.#busPort)];
  }

  async isWhole(): Promise<boolean> {
    const information = await this.ask('CLUSTER', 'INFO').catch(() => '');
    return information.includes('cluster_state:ok') && information.includes(`cluster_known_nodes:${NODES}`);
  }

  end(): Promise<void> {
    return this.#server.end('SIGKILL');
  }

  dispose(): Promise<void> {
    return this.#server.dispose('SIGKILL');
  }
}

/** Three nodes of `redis-server` on PATH, on loopback and free ports, each with a third of the slots and no replica. */
export async function startTestRedisCluster(): Promise<TestRedisCluster> {
  const binary = await findBinary('redis-server');
  if (binary === null) throw new Error(`no Redis for the tests: ${install}`);
  const password = randomBytes(12).toString('hex');
  const user = await postgresUser();
  const nodes: Node[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.dispose()));
  };
  try {
    for (let index = 0; index < NODES; index += 1) {
      nodes.push(new Node(binary, password, await OwnServer.create('redis-cluster', user)));
    }
    await Promise.all(nodes.map((node) => node.begin()));
    for (const [index, node] of nodes.entries()) {
      const [from, to] = [index, index + 1].map((third) => Math.round((third * SLOTS) / NODES));
      await node.ask('CLUSTER', 'ADDSLOTSRANGE', String(from), String(Number(to) - 1));
      await node.ask('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
      if (index > 0) await node.ask('CLUSTER', 'MEET', ...(nodes[0]?.meeting ?? []));
    }
    await untilWhole(nodes);
  } catch (error) {
    await stop();
    throw error;
  }
  const at = (index: number): Node => {
    const node = nodes[index];
    if (node === undefined) throw new RangeError(`the cluster has nodes 0 to ${NODES - 1}, and no ${index}`);
    return node;
  };
  return {
    url: `redis+cluster://:${password}@${nodes.map(({ host }) => host).join(',')}`,
    nodeUrls: nodes.map(({ url }) => url),
    kill: (index) => at(index).end(),
    start: async (index) => {
      await at(index).start();
      await untilWhole(nodes);
    },
    stop,
  };
}

async function untilWhole(nodes: readonly Node[]): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await Promise.all(nodes.map((node) => node.isWhole()))).every(Boolean)) {
    if (performance.now() > deadline) throw new Error('the nodes of the Redis cluster did not find one another');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
