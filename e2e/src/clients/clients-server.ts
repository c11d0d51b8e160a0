import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '@everstep/testkit';
import { EverstepProcess, ROOT } from '../everstep-process.ts';
import type { Access } from './client.ts';

/** The public model of the API, which older clients need: it lies beside the development checkout. */
const MODEL = join(process.env['EVERSTEP_SHARED'] ?? join(ROOT, '../shared'), 'aws/stepfunctions-service-2.json');

export function modelAvailable(): boolean {
  return existsSync(MODEL);
}

const GREET = `export const handler = async ({ name, fail }, context) => {
  console.log('greeting', name);
  if (fail) throw new RangeError('no greeting');
  return { text: \`Hello, \${name}!\`, from: context.clientContext?.custom.from ?? null };
};
`;

/** One all-in-one server that asks for signatures, and a key made for the clients. */
export interface ClientsServer {
  readonly access: Access;
  /** For AWS_DATA_PATH: the API's model as botocore looks for it. */
  readonly dataPath: string;
  close(): Promise<void>;
}

/** `more`: settings beside the usual ones. */
export async function startClientsServer(more: Readonly<Record<string, string>> = {}): Promise<ClientsServer> {
  const folder = await mkdtemp(join(tmpdir(), 'everstep-clients-'));
  // Postgres runs as another user when this runs as root; it must be able to enter.
  await chmod(folder, 0o755);
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const environment = {
    EVERSTEP_PORT: String(port),
    EVERSTEP_DATA_DIR: join(folder, 'data'),
    EVERSTEP_FUNCTIONS_DIR: join(folder, 'functions'),
    EVERSTEP_AUTH: 'required',
    ...more,
  };
  await mkdir(join(folder, 'functions/park'), { recursive: true });
  await mkdir(join(folder, 'functions/greet'), { recursive: true });
  await writeFile(join(folder, 'functions/greet/index.mjs'), GREET);
  await writeFile(join(folder, 'functions/park/index.mjs'), 'export const handler = async () => ({ parked: true });\n');
  const server = new EverstepProcess({
    command: 'dev',
    args: ['--empty'],
    environment,
    readyUrl: `${endpoint}/readyz`,
  });
  const close = async (): Promise<void> => {
    await server.kill('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    // Before the server starts: asked for signatures, it refuses to start without a key.
    const { accessKeyId, secretAccessKey } = await createKey(environment);
    await server.start();
    return { access: { endpoint, accessKeyId, secretAccessKey }, dataPath: await layOutModel(folder), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function createKey(environment: Record<string, string>): Promise<Omit<Access, 'endpoint'>> {
  const main = join(ROOT, 'services/everstep/dist/main.js');
  const { stdout } = await promisify(execFile)(process.execPath, [main, 'keys', 'create', 'clients', '--json'], {
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...environment },
  });
  return JSON.parse(stdout);
}

async function layOutModel(folder: string): Promise<string> {
  const dataPath = join(folder, 'models');
  const versioned = join(dataPath, 'stepfunctions/2016-11-23');
  await mkdir(versioned, { recursive: true });
  if (modelAvailable()) await cp(MODEL, join(versioned, 'service-2.json'));
  return dataPath;
}
