import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface FirstExampleOptions {
  readonly endpoint: string;
  /** Where the example's functions are copied to; the ones already there stay. */
  readonly functionsDirectory: string;
  readonly dataDirectory: string;
  readonly region: string;
  /** Aborted when the server is asked to end meanwhile. */
  readonly signal: AbortSignal;
}

/** Orders that are left waiting for the user's approval. */
const LEFT_WAITING = 3;
/** The example lies in the checkout, beside the services; an installed command has none. */
const FOLDER = fileURLToPath(new URL('../../../examples/order-approval', import.meta.url));

/**
 * Shows a new user what runs here: the order-approval example against the server that has just started, as a client of
 * its own. Answers whether it ran to its checked end.
 */
export async function runFirstExample(options: FirstExampleOptions): Promise<boolean> {
  const program = join(FOLDER, 'run.mjs');
  if (!existsSync(program)) return false;
  await cp(join(FOLDER, 'functions'), options.functionsDirectory, { recursive: true, force: false });
  const child = spawn(process.execPath, [program, '--endpoint', options.endpoint, '--leave', String(LEFT_WAITING)], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, EVERSTEP_DATA_DIR: options.dataDirectory, EVERSTEP_REGION: options.region },
  });
  const end = (): void => {
    child.kill('SIGTERM');
  };
  options.signal.addEventListener('abort', end);
  const [code] = await once(child, 'exit');
  options.signal.removeEventListener('abort', end);
  return code === 0;
}
