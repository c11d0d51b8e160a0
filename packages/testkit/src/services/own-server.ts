import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Who a server runs as, where that is not who we are. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

export interface ServerCommand {
  readonly file: string;
  readonly arguments: readonly string[];
  /** Resolves once the server answers and is known to be `pid`; called again and again until `startTimeoutMs`. */
  readonly ready: (pid: number) => Promise<boolean>;
  /** How long it may take to answer, in milliseconds (20,000). */
  readonly startTimeoutMs?: number;
}

const startTimeoutMs = 20_000;
const stopTimeoutMs = 10_000;

/**
 * One private server process in a throw-away folder. A keeper process ends the server and removes the folder when this
 * process dies without having done so.
 */
export class OwnServer {
  readonly folder: string;
  readonly #user: ServerUser | null;
  readonly #keeper: ChildProcess;
  #child: ChildProcess | null = null;
  #output = '';

  private constructor(folder: string, user: ServerUser | null, keeper: ChildProcess) {
    this.folder = folder;
    this.#user = user;
    this.#keeper = keeper;
  }

  static async create(name: string, user: ServerUser | null): Promise<OwnServer> {
    const folder = await mkdtemp(join(tmpdir(), `everstep-${name}-`));
    if (user !== null) await chown(folder, user.uid, user.gid);
    const program = fileURLToPath(
      new URL(import.meta.url.endsWith('.ts') ? 'keeper.ts' : 'keeper.js', import.meta.url),
    );
    const keeper = spawn(process.execPath, [program, folder], {
      detached: true,
      cwd: tmpdir(),
      env: {},
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    await once(keeper, 'spawn');
    keeper.unref();
    // A keeper that was killed by hand must not take the tests with it.
    keeper.stdin?.on('error', () => undefined);
    if (keeper.stdin !== null && 'unref' in keeper.stdin && typeof keeper.stdin.unref === 'function') {
      keeper.stdin.unref();
    }
    return new OwnServer(folder, user, keeper);
  }

  /** Runs a program to its end as the server's user; throws with its output where it fails. */
  async run(file: string, argumentList: readonly string[]): Promise<void> {
    const child = this.#spawn(file, argumentList);
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`${file} ended with ${String(code)}: ${this.#output}`);
  }

  async start(command: ServerCommand): Promise<void> {
    this.#output = '';
    const child = this.#spawn(command.file, command.arguments);
    await once(child, 'spawn');
    const pid = child.pid;
    if (pid === undefined) throw new Error(`${command.file} has no pid`);
    this.#child = child;
    this.#keeper.stdin?.write(`pid ${pid}\n`);
    const patienceMs = command.startTimeoutMs ?? startTimeoutMs;
    const deadline = performance.now() + patienceMs;
    while (!(await command.ready(pid))) {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`${command.file} ended at its start: ${this.#output}`);
      }
      if (performance.now() > deadline) {
        await this.end('SIGKILL');
        throw new Error(`${command.file} did not answer within ${patienceMs} ms: ${this.#output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    child.unref();
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null && 'unref' in stream && typeof stream.unref === 'function') stream.unref();
    }
  }

  /** Ends the server; its folder stays, so that it can be started again. */
  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const ended = once(child, 'exit');
    child.kill(signal);
    const force = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
    await ended;
    clearTimeout(force);
    this.#keeper.stdin?.write('stopped\n');
  }

  /** Ends the server and removes its folder. */
  async dispose(signal: NodeJS.Signals): Promise<void> {
    await this.end(signal);
    if (this.#keeper.exitCode !== null || this.#keeper.signalCode !== null) return;
    this.#keeper.ref();
    const ended = once(this.#keeper, 'exit');
    this.#keeper.stdin?.end();
    await ended;
  }

  #spawn(file: string, argumentList: readonly string[]): ChildProcess {
    const child = spawn(file, argumentList, {
      ...(this.#user ?? {}),
      cwd: this.folder,
      // Own session: Ctrl-C at the terminal reaches the tests, which end their servers in order.
      detached: true,
      env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-4_000);
      });
    }
    return child;
  }
}
