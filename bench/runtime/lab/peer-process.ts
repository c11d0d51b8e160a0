import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Lab } from './lab.ts';
import { type Flow, flowOf } from './system.ts';

export const PEERS = ['dbos', 'openworkflow', 'bullmq', 'restate'] as const;
export type PeerName = (typeof PEERS)[number];

const folder = fileURLToPath(new URL('../../peers-runtime/', import.meta.url));

/** Installs the peers where they are missing, from their own lock file. */
export function installPeers(): void {
  if (existsSync(join(folder, 'node_modules', 'openworkflow'))) return;
  console.log('Installing what is compared with into bench/peers-runtime …');
  const options = ['install', '--ignore-workspace', '--frozen-lockfile', '--ignore-scripts'];
  const { status, error } = spawnSync('pnpm', options, { cwd: folder, stdio: 'inherit' });
  if (status !== 0) throw new Error('pnpm install in bench/peers-runtime failed', { cause: error });
}

/** Another system that does the same work, in a process of its own, on the same Postgres or Redis. */
export class Peer {
  readonly name: PeerName;
  readonly #child: ChildProcess;
  #answer: PromiseWithResolvers<unknown> = Promise.withResolvers();

  private constructor(name: PeerName, child: ChildProcess) {
    this.name = name;
    this.#child = child;
    child.on('message', (message: unknown) => this.#answer.resolve(message));
    child.on('exit', (code, signal) => this.#answer.reject(new Error(`${name} ended: ${code ?? signal}`)));
  }

  static async start(lab: Lab, name: PeerName): Promise<Peer> {
    const databaseUrl = name === 'dbos' || name === 'openworkflow' ? await lab.emptyDatabase() : '';
    const child = fork(join(folder, `${name}.mjs`), [], {
      cwd: folder,
      env: { ...process.env, DATABASE_URL: databaseUrl, REDIS_URL: lab.redis.url, NODE_NO_WARNINGS: '1' },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const peer = new Peer(name, child);
    await peer.#answer.promise;
    return peer;
  }

  /** Keeps so many workflows of ten steps in flight for a while, and waits for the last; the whole time counts. */
  async flow(inFlight: number, seconds: number): Promise<Flow> {
    const [completed = Number.NaN, elapsed = Number.NaN] = await this.#numbers({ do: 'flow', inFlight, seconds });
    return flowOf(completed, elapsed);
  }

  /** One such workflow after the other, alone; milliseconds of each. */
  alone(times: number): Promise<number[]> {
    return this.#numbers({ do: 'alone', times });
  }

  /** One fan-out after the other over so many items; milliseconds of each. */
  fanOut(items: number, times: number): Promise<number[]> {
    return this.#numbers({ do: 'fanOut', items, times });
  }

  /** Requests that do nothing durable, so many at once for a while; answers how many a second. */
  async requests(inFlight: number, seconds: number): Promise<number> {
    const [completed = Number.NaN, elapsed = Number.NaN] = await this.#numbers({ do: 'requests', inFlight, seconds });
    return completed / elapsed;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#answer.promise.catch((error: unknown) => {
      if (!(error instanceof Error)) throw error;
    });
    this.#child.send({ do: 'stop' });
    const force = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(force);
  }

  async #numbers(command: object): Promise<number[]> {
    this.#answer = Promise.withResolvers();
    this.#child.send(command);
    const answer = await this.#answer.promise;
    if (!Array.isArray(answer)) throw new Error(`${this.name}: ${JSON.stringify(answer)}`);
    return answer.map(Number);
  }
}
