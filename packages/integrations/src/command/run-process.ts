import { type ChildProcess, spawn } from 'node:child_process';
import { ServiceFailure, TooLargeError, causeOf } from '../targets/service-failure.ts';

export interface ProcessOptions {
  readonly executable: string;
  readonly arguments: readonly string[];
  /** Written to its standard input, which is closed then. */
  readonly input: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  /** Of its standard output. */
  readonly maxOutputBytes: number;
  /** Aborted: the process and all that it has started are ended. */
  readonly signal: AbortSignal;
}

export interface EndedProcess {
  /** null: a signal ended it. */
  readonly exitCode: number | null;
  readonly endedBy: string | null;
  readonly output: string;
  /** The end of what it wrote to its standard error. */
  readonly errorOutput: string;
}

/** What is kept of the standard error. */
const MAX_ERROR_BYTES = 16 * 1024;
/** Between asking a process to end and ending it. */
const GRACE_MS = 2_000;

/**
 * Runs a program in a process group of its own, without a shell, with nothing of this process's environment. Rejects with
 * `NotStarted`, and with TooLargeError where it writes more than it may: then it is ended.
 */
export function runProcess(options: ProcessOptions): Promise<EndedProcess> {
  return new Promise((resolve, reject) => {
    if (options.signal.aborted) return reject(new ServiceFailure('Cancelled', 'Nobody waits for it any more.'));
    const child = spawn(options.executable, [...options.arguments], {
      cwd: options.workingDirectory,
      env: { ...options.environment },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      shell: false,
    });
    const output = new Bytes();
    const errorOutput = new Bytes();
    const abandon = (): void => endGroup(child);
    options.signal.addEventListener('abort', abandon, { once: true });
    child.on('error', (error) => {
      options.signal.removeEventListener('abort', abandon);
      reject(new ServiceFailure('NotStarted', causeOf(error)));
    });
    child.stdout.on('data', (chunk: Buffer) => {
      output.add(chunk);
      if (output.size <= options.maxOutputBytes) return;
      output.clear();
      endGroup(child);
      reject(new TooLargeError());
    });
    child.stderr.on('data', (chunk: Buffer) => errorOutput.addLast(chunk, MAX_ERROR_BYTES));
    child.on('close', (exitCode, endedBy) => {
      options.signal.removeEventListener('abort', abandon);
      resolve({ exitCode, endedBy, output: output.text(), errorOutput: errorOutput.text() });
    });
    // A program that does not read its input is none the worse for it.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input);
  });
}

/** The process and its children, which are in its group: asked first, then ended. */
function endGroup(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  signalGroup(pid, 'SIGTERM');
  // What it has started may live longer than itself, and hold its output open or not.
  const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), GRACE_MS);
  child.once('close', () => {
    clearTimeout(timer);
    signalGroup(pid, 'SIGKILL');
  });
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // All of the group have ended.
  }
}

class Bytes {
  #chunks: Buffer[] = [];
  size = 0;

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.size += chunk.byteLength;
  }

  /** Keeps the last so many bytes. */
  addLast(chunk: Buffer, most: number): void {
    this.add(chunk);
    if (this.size > most) {
      const kept = Buffer.concat(this.#chunks).subarray(-most);
      this.#chunks = [kept];
      this.size = kept.byteLength;
    }
  }

  clear(): void {
    this.#chunks = [];
    this.size = 0;
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}
