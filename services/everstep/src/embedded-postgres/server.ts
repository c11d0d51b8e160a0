import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { StartError } from '../start-error.ts';
import type { PostgresBinaries } from './binaries.ts';
import { freePort } from './free-port.ts';
import type { PostgresLocation } from './location.ts';
import { connect, isPassing, type ServerAddress } from './owner.ts';
import { pause } from './processes.ts';
import { programOptions, runAsUser } from './programs.ts';
import type { RunAs } from './run-as.ts';

const START_MS = 60_000;
const STOP_MS = 20_000;
const LOG_BYTES = 10 * 1024 * 1024;
const RESTARTS = 3;
const RESTARTS_WITHIN_MS = 60_000;

/** Settings that Everstep's durability rests on, and the ones that keep the server to itself. */
const POSTGRES_SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  max_connections: '100',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
  jit: 'off',
};

export interface ServerOptions {
  readonly location: PostgresLocation;
  readonly binaries: PostgresBinaries;
  readonly user: RunAs | null;
  readonly databaseUser: string;
  readonly password: string;
  /** Told when Postgres ended by itself and could not be started again. */
  readonly failed: (error: Error) => void;
  readonly warn: (message: string) => void;
}

/** One Postgres process of our own, on a free port of the loopback address, started again when it dies by itself. */
export class PostgresServer {
  readonly address: ServerAddress;
  readonly #options: ServerOptions;
  #child: ChildProcess | null = null;
  #stopping = false;
  #deaths: number[] = [];
  readonly #endWithUs = (): void => {
    this.#child?.kill('SIGINT');
  };

  private constructor(options: ServerOptions, port: number) {
    this.#options = options;
    this.address = { port, user: options.databaseUser, password: options.password };
  }

  static async start(options: ServerOptions): Promise<PostgresServer> {
    rotate(options.location.log);
    const server = new PostgresServer(options, await freePort());
    process.on('exit', server.#endWithUs);
    try {
      await server.#launch();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** Lets transactions in progress fail, writes a checkpoint and ends. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child !== null && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      const force = setTimeout(() => child.kill('SIGQUIT'), STOP_MS);
      if (process.platform === 'win32') await this.#stopOnWindows();
      else child.kill('SIGINT');
      await ended;
      clearTimeout(force);
    }
    process.removeListener('exit', this.#endWithUs);
  }

  /** Windows has no signals; ending the process there would be a crash. */
  async #stopOnWindows(): Promise<void> {
    const { binaries, location, user } = this.#options;
    await runAsUser(binaries.pgCtl, ['stop', '-D', location.data, '-m', 'fast', '-w'], location.folder, user);
  }

  async #launch(): Promise<void> {
    const { binaries, location, user } = this.#options;
    const settings = { ...POSTGRES_SETTINGS, port: String(this.address.port) };
    const log = openSync(location.log, 'a', 0o600);
    const child = spawn(
      binaries.postgres,
      ['-D', location.data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      {
        ...programOptions(location.folder, user),
        // Its own process group: Ctrl-C on the terminal must not end it before the work in flight is drained.
        detached: true,
        stdio: ['ignore', log, log],
      },
    );
    closeSync(log);
    await once(child, 'spawn');
    this.#child = child;
    await this.#waitUntilReady(child);
    child.once('exit', (code, signal) => void this.#died(code, signal));
  }

  async #waitUntilReady(child: ChildProcess): Promise<void> {
    const deadline = performance.now() + START_MS;
    for (;;) {
      const client = connect(this.address, 'everstep start');
      // The connection may break after it was made; the next attempt tells.
      client.on('error', () => undefined);
      try {
        await client.connect();
        await client.end();
        return;
      } catch (error) {
        if (child.exitCode !== null || child.signalCode !== null) {
          throw new StartError(
            `Postgres ended at its start. The end of ${this.#options.location.log}:\n${this.#lastLines()}`,
          );
        }
        const refused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
        if (!refused && !isPassing(error)) throw error;
        if (performance.now() > deadline) throw new StartError(`Postgres did not answer within ${START_MS / 1_000} s.`);
      }
      await pause(20);
    }
  }

  #lastLines(): string {
    const { log } = this.#options.location;
    if (!existsSync(log)) return '';
    return readFileSync(log, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(-8)
      .map((line) => `  ${line}`)
      .join('\n');
  }

  async #died(code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    if (this.#stopping) return;
    const how = signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`;
    this.#options.warn(`Postgres ended by itself (${how}) and is started again`);
    const now = performance.now();
    this.#deaths = [...this.#deaths.filter((death) => now - death < RESTARTS_WITHIN_MS), now];
    try {
      if (this.#deaths.length > RESTARTS)
        throw new Error(`Postgres ended ${this.#deaths.length} times within a minute`);
      await this.#launch();
      // A stop that came meanwhile saw the dead process only.
      if (this.#stopping) this.#child?.kill('SIGINT');
    } catch (error) {
      this.#options.failed(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

function rotate(log: string): void {
  if (existsSync(log) && statSync(log).size > LOG_BYTES) renameSync(log, `${log}.1`);
}
