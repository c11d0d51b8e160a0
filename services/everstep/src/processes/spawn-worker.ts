import { type ChildProcess, fork } from 'node:child_process';

export interface SpawnOptions {
  /** The executions that it runs; all that come where absent. */
  readonly only?: readonly string[];
  /** Settings beside those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether its log goes nowhere; otherwise it goes where this process's goes. */
  readonly quiet?: boolean;
}

/** The same program as a further worker; it answers its parent instead of a port. */
export function spawnWorker({ only, environment = {}, quiet = false }: SpawnOptions = {}): ChildProcess {
  const [, program = ''] = process.argv;
  const output = quiet ? 'ignore' : 'inherit';
  return fork(program, ['worker', '--supervised', ...(only === undefined ? [] : ['--only', only.join(',')])], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', output, output, 'ipc'],
  });
}
