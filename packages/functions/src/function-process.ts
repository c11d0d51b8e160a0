import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FunctionDefinition } from './function-definition.ts';
import { type InvokeMessage, isAnswerMessage } from './runner-protocol.ts';

export type ProcessAnswer =
  | { readonly kind: 'answer'; readonly ok: boolean; readonly payload: string }
  /** The process ended before it answered. */
  | { readonly kind: 'exit'; readonly description: string };

const RUNNER = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './runner.ts' : './runner.js', import.meta.url));
/** What of the server's environment every function sees; the rest is its manifest's to name. */
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'TEMP', 'SystemRoot'];

/** One isolated Node.js process of a function: one invocation at a time. */
export class FunctionProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<string>;
  alive = true;
  onLine: (line: string) => void = () => undefined;

  constructor(definition: FunctionDefinition, region: string) {
    const environment: Record<string, string> = {
      AWS_LAMBDA_FUNCTION_NAME: definition.name,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMb),
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_REGION: region,
      ...definition.environment,
    };
    for (const name of PASSED_ON) {
      const value = process.env[name];
      if (value !== undefined) environment[name] ??= value;
    }
    this.#child = fork(RUNNER, [definition.module], {
      cwd: definition.folder,
      env: environment,
      execArgv: [`--max-old-space-size=${definition.memoryMb}`],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'json',
    });
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.alive = false;
        resolve(signal === null ? `exit status ${code ?? 0}` : `signal: ${signal}`);
      });
      this.#child.once('error', (error) => {
        this.alive = false;
        resolve(error.message);
      });
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.onLine(line));
    }
    // An idle process must not keep the server alive.
    this.#child.unref();
    this.#child.channel?.unref();
  }

  async invoke(message: InvokeMessage): Promise<ProcessAnswer> {
    const answered = new Promise<ProcessAnswer>((resolve) => {
      const listen = (answer: unknown): void => {
        if (!isAnswerMessage(answer) || answer.type !== 'answer') return;
        this.#child.off('message', listen);
        resolve({ kind: 'answer', ok: answer.ok, payload: answer.payload });
      };
      this.#child.on('message', listen);
    });
    const exited = this.#exited.then((description): ProcessAnswer => ({ kind: 'exit', description }));
    if (this.alive) this.#child.send(message, (error) => (error === null ? undefined : this.kill()));
    return Promise.race([answered, exited]);
  }

  /** An answer that is on its way may still come; it is the last one. */
  kill(): void {
    this.alive = false;
    this.#child.kill('SIGKILL');
  }

  /** Resolves when the process is gone. */
  async end(): Promise<void> {
    this.kill();
    await this.#exited;
  }
}
