import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { FunctionClientContext } from '@everstep/engine';
import { type Outcome, type ProcessExit, exited, failed, timedOut } from './failure.ts';
import type { FunctionDefinition } from './function-definition.ts';
import { endingWithParent, environmentOf, findProgram, launchOf } from './launch.ts';
import { ownMemory, watchMemory } from './memory-watch.ts';
import { readLines } from './output-lines.ts';
import { isOfSession } from './peer-process.ts';
import { RuntimeApi, type RuntimeResult } from './runtime-api.ts';

export interface ProcessWork {
  readonly requestId: string;
  /** As it was called: with the version or alias that the caller named. */
  readonly functionArn: string;
  /** JSON text. */
  readonly payload: string;
  readonly clientContext: FunctionClientContext | null;
  readonly traceId: string;
  /** What it writes while it works on this. */
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface ProcessResult extends Outcome {
  /** False: the process ended before it was handed the invocation, so another one may take it. */
  readonly isDelivered: boolean;
  /** From the delivery to the answer, in milliseconds. */
  readonly durationMs: number;
  /** How long the process took to get ready, where this was its first invocation. */
  readonly initMs: number | null;
}

/** How long a runtime may take until it asks for its first invocation, at the least: as AWS. */
const INIT_MS = 10_000;
/** How long the output of an ended process is waited for. */
const LAST_WORDS_MS = 200;
const MEGABYTE = 1_048_576;

export interface FunctionProcessOptions {
  readonly definition: FunctionDefinition;
  readonly region: string;
  readonly accountId: string;
  /** What it writes between invocations. */
  readonly onIdleLine: (line: string) => void;
  /** Told once, when the process is gone or could not be started. */
  readonly onExit: () => void;
}

/** One process of a function: one invocation at a time, handed over through its own Runtime API. */
export class FunctionProcess {
  readonly definition: FunctionDefinition;
  readonly #options: FunctionProcessOptions;
  readonly #startedAt = performance.now();
  readonly #exited: Promise<ProcessExit>;
  #begun: () => void = () => undefined;
  /** Settled once the program runs. */
  readonly #started = new Promise<void>((resolve) => (this.#begun = resolve));
  #api: RuntimeApi | null = null;
  #child: ChildProcess | null = null;
  #work: ProcessWork | null = null;
  #hasWorked = false;
  #isOutOfMemory = false;
  #isEnding = false;

  constructor(options: FunctionProcessOptions) {
    this.definition = options.definition;
    this.#options = options;
    const failed = (error: unknown): ProcessExit => ({ ...NOT_STARTED, startError: startErrorOf(error, '') });
    this.#exited = this.#run()
      .catch(failed)
      .finally(() => {
        this.#isEnding = true;
        this.#api?.close();
        options.onExit();
      });
  }

  /** False once it has ended or was told to: nothing must be handed to it any more. */
  get isAlive(): boolean {
    return !this.#isEnding;
  }

  /** Resolves when there is an answer, or the process has ended without one. */
  async invoke(work: ProcessWork): Promise<ProcessResult> {
    const { timeoutSeconds, memoryMb } = this.definition;
    const timeoutMs = timeoutSeconds * 1_000;
    const clock = new Clock(() => this.kill());
    const cancel = (): void => this.kill();
    work.signal.addEventListener('abort', cancel, { once: true });
    if (work.signal.aborted) cancel();
    this.#work = work;
    let deliveredAt: number | null = null;
    clock.start(Math.max(INIT_MS, timeoutMs));
    const delivered = (): Record<string, string> => {
      deliveredAt = performance.now();
      clock.start(timeoutMs);
      return headersOf(work, Date.now() + timeoutMs);
    };
    const stopWatching = await this.#watch(memoryMb);
    try {
      const outcome = await this.#outcome(work, delivered, clock);
      const durationMs = deliveredAt === null ? 0 : performance.now() - deliveredAt;
      const initMs = this.#hasWorked ? null : (deliveredAt ?? performance.now()) - this.#startedAt;
      this.#hasWorked = true;
      // What it wrote before it answered is in the pipe by now.
      await nextTurn();
      return { ...outcome, isDelivered: deliveredAt !== null, durationMs, initMs };
    } finally {
      clock.stop();
      stopWatching();
      work.signal.removeEventListener('abort', cancel);
      this.#work = null;
    }
  }

  /** An answer that is on its way may still come; it is the last one. */
  kill(): void {
    this.#isEnding = true;
    this.#killAll();
  }

  /** Resolves when the process is gone. */
  async end(): Promise<void> {
    this.kill();
    // Whoever waits for the end must live to see it.
    this.#child?.ref();
    await this.#exited;
  }

  /** Bytes that it holds now; 0 where the system does not tell. */
  async memory(): Promise<number> {
    const pid = this.#child?.pid;
    return pid === undefined || this.#isEnding ? 0 : ownMemory(pid);
  }

  async #outcome(work: ProcessWork, delivered: () => Record<string, string>, clock: Clock): Promise<Outcome> {
    const { requestId, payload } = work;
    const api = await this.#ready();
    const answering = api === null ? NEVER : api.invoke({ requestId, payload, delivered });
    const ended = this.#exited.then((exit): RuntimeResult => {
      if (clock.hasRunOut) return timedOut(requestId, this.definition.timeoutSeconds);
      if (work.signal.aborted) return failed('Runtime.Cancelled', 'The invocation was cancelled.');
      return exited(requestId, exit);
    });
    const { ok, payload: answer, isInitError = false } = await Promise.race([answering, ended]);
    if (isInitError) this.kill();
    return { ok, payload: answer };
  }

  /** The Runtime API of a process that runs; null: it could not be started, or has ended. */
  async #ready(): Promise<RuntimeApi | null> {
    await Promise.race([this.#started, this.#exited]);
    return this.#isEnding ? null : this.#api;
  }

  async #watch(memoryMb: number): Promise<() => void> {
    await this.#ready();
    const pid = this.#child?.pid;
    if (pid === undefined) return () => undefined;
    return watchMemory(pid, memoryMb * MEGABYTE, () => {
      this.#isOutOfMemory = true;
      this.kill();
    });
  }

  /** Starts the program and stays with it to its end. */
  async #run(): Promise<ProcessExit> {
    const launch = launchOf(this.definition);
    const session = (): number => this.#child?.pid ?? 0;
    this.#api = new RuntimeApi({
      hasSecretPath: launch.isOwnRuntime,
      isOwn: (socket) => isOfSession(socket, session()),
    });
    const runtimeApi = await this.#api.listen();
    const { region, accountId } = this.#options;
    const facts = { region, accountId, runtimeApi, logStream: logStreamOf(this.definition) };
    const found = await findProgram(launch.program, this.definition.environment['PATH'] ?? process.env['PATH'] ?? '');
    if (typeof found !== 'string') return { ...NOT_STARTED, startError: found };
    const [program = '', ...words] = [...(await endingWithParent()), found, ...launch.words];
    const child = spawn(program, words, {
      cwd: this.definition.folder,
      env: environmentOf(this.definition, launch, facts),
      stdio: ['ignore', 'pipe', 'pipe'],
      // A session of its own: what it starts ends with it, and the terminal's Ctrl-C is the server's to hear.
      detached: process.platform !== 'win32',
    });
    this.#child = child;
    const ending = exitOf(child, found);
    for (const stream of [child.stdout, child.stderr]) readLines(stream, { onLine: (line) => this.#onLine(line) });
    // An idle process must not keep the server alive.
    child.unref();
    // Told to end before it had begun.
    if (this.#isEnding) this.#killAll();
    this.#begun();
    const exit = await ending;
    this.#killAll();
    await outputRead(child);
    return { ...exit, outOfMemory: this.#isOutOfMemory };
  }

  #onLine(line: string): void {
    if (this.#work === null) this.#options.onIdleLine(line);
    else this.#work.onLine(line);
  }

  /** The process, and what it has started. */
  #killAll(): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
    } catch (error) {
      // All of them are gone already.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

const NEVER = new Promise<never>(() => undefined);

/** Runs out once, unless it is set anew or stopped before. */
class Clock {
  readonly #ranOut: () => void;
  #timer: NodeJS.Timeout | undefined;
  hasRunOut = false;

  constructor(ranOut: () => void) {
    this.#ranOut = ranOut;
  }

  start(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.hasRunOut = true;
      this.#ranOut();
    }, milliseconds);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

const NOT_STARTED = { code: null, signal: null, outOfMemory: false };

function exitOf(child: ChildProcess, path: string): Promise<Omit<ProcessExit, 'outOfMemory'>> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal, startError: null }));
    child.on('error', (error) => resolve({ ...NOT_STARTED, startError: startErrorOf(error, path) }));
  });
}

/** Its last words are still in the pipes. What it has started may hold them open, so this does not wait for long. */
async function outputRead(child: ChildProcess): Promise<void> {
  const waited = new AbortController();
  const { signal } = waited;
  const closed = once(child, 'close', { signal });
  await Promise.race([closed, pause(LAST_WORDS_MS, undefined, { signal })]).finally(() => waited.abort());
}

function startErrorOf(error: unknown, path: string): NodeJS.ErrnoException {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return Object.assign(new Error(code), { code, path });
}

function headersOf(work: ProcessWork, deadline: number): Record<string, string> {
  const { functionArn, clientContext, traceId } = work;
  return {
    'lambda-runtime-deadline-ms': String(deadline),
    'lambda-runtime-invoked-function-arn': functionArn,
    'lambda-runtime-trace-id': traceId,
    ...(clientContext === null ? {} : { 'lambda-runtime-client-context': headerJson(clientContext) }),
  };
}

/** JSON in ASCII, as a header takes it. */
function headerJson(value: object): string {
  const escape = (one: string): string => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replaceAll(/[^\u0020-\u007e]/g, escape);
}

/** `2026/11/27/[$LATEST]…`, as CloudWatch's streams are called. */
function logStreamOf({ version }: FunctionDefinition): string {
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/[${version}]${randomUUID().replaceAll('-', '')}`;
}
