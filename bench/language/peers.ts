import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The packages that are compared with, as far as the benchmark uses them. */
export interface Peers {
  /** `aws-local-stepfunctions`: loads a machine; the answer runs it once. */
  stateMachine(definition: object): (input: unknown) => Promise<unknown>;
  /** `jsonata`: parses an expression; the answer evaluates it with bindings. */
  jsonata(text: string): (bindings: object) => Promise<unknown>;
  /** `jsonpath-plus`; it keeps parsed paths by itself. */
  jsonPath(path: string, json: unknown): unknown;
}

const folder = fileURLToPath(new URL('../peers/', import.meta.url));

/** Installs the peers where they are missing, from their own lock file, and loads them. */
export async function loadPeers(): Promise<Peers> {
  if (!existsSync(join(folder, 'node_modules', 'jsonata'))) install();
  const { StateMachine } = await load('aws-local-stepfunctions');
  const { default: jsonata } = await load('jsonata');
  const { JSONPath } = await load('jsonpath-plus');
  const [machines, parse, find] = [StateMachine, jsonata, JSONPath].map(callable);
  if (machines === undefined || parse === undefined || find === undefined) throw new Error('A peer has no such export');
  return {
    stateMachine(definition) {
      const machine: unknown = Reflect.construct(machines, [definition]);
      const run = methodOf(machine, 'run');
      return async (input) => {
        const { result } = members(run(input));
        return result;
      };
    },
    jsonata(text) {
      const evaluate = methodOf(Reflect.apply(parse, undefined, [text]), 'evaluate');
      return async (bindings) => evaluate({}, bindings);
    },
    jsonPath: (path, json) => Reflect.apply(find, undefined, [{ path, json, wrap: false }]),
  };
}

function install(): void {
  console.log('Installing what is compared with into bench/peers …');
  const options = ['install', '--ignore-workspace', '--frozen-lockfile', '--ignore-scripts'];
  const { status, error } = spawnSync('pnpm', options, { cwd: folder, stdio: 'inherit' });
  if (status !== 0) throw new Error('pnpm install in bench/peers failed', { cause: error });
}

async function load(name: string): Promise<Readonly<Record<string, unknown>>> {
  const path = createRequire(join(folder, 'package.json')).resolve(name);
  return members(await import(pathToFileURL(path).href));
}

function members(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

type Callable = (...given: unknown[]) => unknown;

function isCallable(value: unknown): value is Callable {
  return typeof value === 'function';
}

function callable(value: unknown): Callable | undefined {
  return isCallable(value) ? value : undefined;
}

function methodOf(value: unknown, name: string): Callable {
  const method: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  if (!isCallable(method)) throw new Error(`A peer has no method ${name}`);
  return (...given) => Reflect.apply(method, value, given);
}
