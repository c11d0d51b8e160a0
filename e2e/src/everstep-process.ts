import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const MAIN = join(ROOT, 'services/everstep/dist/main.js');
export const EXAMPLE = join(ROOT, 'examples/order-approval');

export interface EverstepOptions {
  readonly command: string;
  /** How people tell it from others of the same command. */
  readonly name?: string;
  readonly args?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Answers 200 when the process is ready. */
  readonly readyUrl: string;
  /** Told every line that it writes. */
  readonly onLine?: (line: string) => void;
}

/** One real process of the built command, started again under the same settings after every kill. */
export class EverstepProcess {
  readonly #options: EverstepOptions;
  #child: ChildProcess | null = null;
  #output = '';

  constructor(options: EverstepOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name ?? this.#options.command;
  }
  get readyUrl(): string {
    return this.#options.readyUrl;
  }
  /** What it wrote since its first start, the newest 200,000 characters of it. */
  get output(): string {
    return this.#output;
  }

  async start(timeoutMs = 120_000): Promise<void> {
    this.#spawn();
    const until = Date.now() + timeoutMs;
    while (Date.now() < until) {
      if (this.#child?.exitCode !== null) break;
      if (await answers(this.#options.readyUrl)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`everstep ${this.name} did not become ready:\n${this.#output.slice(-4_000)}`);
  }

  /** Waits until the process has written something. */
  async waitFor(text: RegExp, timeoutMs = 90_000): Promise<void> {
    const until = Date.now() + timeoutMs;
    while (!text.test(this.#output)) {
      if (Date.now() > until)
        throw new Error(`everstep ${this.name} did not write ${text}:\n${this.#output.slice(-4_000)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Runs to its end; its exit code. */
  async run(): Promise<number> {
    const child = this.#spawn();
    await once(child, 'close');
    return child.exitCode ?? 1;
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  /** Stops it in its tracks, as a machine that is suspended does: its connections stay open, its lease runs on. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  #spawn(): ChildProcess {
    const { command, args = [], environment } = this.#options;
    const child = spawn(process.execPath, [MAIN, command, ...args], {
      cwd: ROOT,
      env: { ...inherited(), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        this.#output = `${this.#output}${String(chunk)}`.slice(-200_000);
      });
      const { onLine } = this.#options;
      if (onLine !== undefined) createInterface({ input: stream }).on('line', onLine);
    }
    this.#child = child;
    return child;
  }
}

/** Little of the tests' own environment: where programs are, and what Node has compiled of them before. */
function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'NODE_COMPILE_CACHE'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    // Not listening yet: the caller asks again until its time is over.
    return false;
  }
}
