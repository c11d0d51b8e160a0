import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  isRoleMessage,
  type Question,
  type RoleMessage,
  type RoleSettings,
  SETTINGS_VARIABLE,
  type Usage,
} from './messages.ts';

export type RoleName = 'api' | 'worker' | 'scheduler';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;

/** One process of the system under test. */
export class RoleProcess {
  readonly name: RoleName;
  readonly #child: ChildProcess;
  readonly #onMessage: (message: RoleMessage) => void;
  readonly #ready = Promise.withResolvers<string | null>();
  readonly #questions = new Map<number, (usage: Usage) => void>();
  #asked = 0;
  #stopping = false;

  private constructor(name: RoleName, child: ChildProcess, onMessage: (message: RoleMessage) => void) {
    this.name = name;
    this.#child = child;
    this.#onMessage = onMessage;
    child.on('message', (message) => this.#hear(message));
    child.on('exit', (code, signal) => {
      const error = new Error(`the ${name} ended: ${code ?? signal}`);
      this.#ready.reject(error);
      if (!this.#stopping) throw error;
    });
  }

  /** Resolves when the process serves. `url`: of the API. */
  static async start(
    name: RoleName,
    settings: RoleSettings,
    onMessage: (message: RoleMessage) => void,
    nodeOptions: readonly string[] = [],
  ): Promise<{ process: RoleProcess; url: string | null }> {
    const child = fork(fileURLToPath(new URL(`../roles/${name}.ts`, import.meta.url)), [], {
      env: { ...process.env, [SETTINGS_VARIABLE]: JSON.stringify(settings) },
      execArgv: ['--conditions=everstep-source', '--expose-gc', ...nodeOptions],
    });
    const role = new RoleProcess(name, child, onMessage);
    const late = setTimeout(() => role.#ready.reject(new Error(`the ${name} did not start`)), START_TIMEOUT_MS);
    try {
      return { process: role, url: await role.#ready.promise };
    } finally {
      clearTimeout(late);
    }
  }

  usage(question: Question = 'usage'): Promise<Usage> {
    const id = ++this.#asked;
    const { promise, resolve } = Promise.withResolvers<Usage>();
    this.#questions.set(id, resolve);
    this.#child.send({ id, question });
    return promise;
  }

  /** Ends it in order, or by force where it does not come to an end. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#stopping = true;
    const ended = once(this.#child, 'exit');
    void this.usage('stop');
    const force = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(force);
  }

  #hear(message: unknown): void {
    if (!isRoleMessage(message)) throw new Error(`unexpected message ${JSON.stringify(message)}`);
    if (message.kind === 'ready') this.#ready.resolve(message.url);
    else if (message.kind === 'answer') this.#questions.get(message.id)?.(message.usage);
    else this.#onMessage(message);
  }
}
