import { open, readFile, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import { resourceServiceName } from './names.ts';

/** Enough of a model's file to hold its metadata. */
const HEAD_BYTES = 4_096;
const MODEL_FILES = ['service-2.json', 'service-2.json.gz'];

/**
 * Where AWS's own API models lie on a machine that has the AWS CLI or boto3: `AWS_DATA_PATH` and `~/.aws/models`, where
 * these look too, and the places of their usual installations.
 */
export async function modelFolders(environment: NodeJS.ProcessEnv): Promise<string[]> {
  const given = (environment['AWS_DATA_PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const roots = ['/usr/lib/python3/dist-packages', '/usr/local/aws-cli/v2/current/dist/awscli'];
  for (const base of ['/usr/local/lib', '/opt/homebrew/lib']) {
    const versions = (await namesIn(base)).filter((name) => name.startsWith('python3'));
    for (const version of versions) {
      roots.push(join(base, version, 'site-packages'), join(base, version, 'dist-packages'));
    }
  }
  return [...given, join(homedir(), '.aws', 'models'), ...roots.map((root) => join(root, 'botocore', 'data'))];
}

/** The newest model of a service, by the name that `aws-sdk:` Resources use, as parsed JSON; null: there is none. */
export async function findModel(service: string, folders: readonly string[]): Promise<unknown> {
  const wanted = service.replaceAll('-', '');
  for (const folder of folders) {
    for (const name of nearestFirst(await namesIn(folder), wanted)) {
      const file = await newestFile(join(folder, name));
      if (file === null || (await serviceOf(file)) !== wanted) continue;
      return JSON.parse((await readWhole(file)).toString('utf8'));
    }
  }
  return null;
}

/** Most services lie under their own name; the others are found by looking. */
function nearestFirst(names: readonly string[], wanted: string): string[] {
  const isNear = (name: string): boolean => name.replaceAll('-', '') === wanted;
  return [...names.filter(isNear), ...names.filter((name) => !isNear(name))];
}

async function newestFile(folder: string): Promise<string | null> {
  const newest = (await namesIn(folder)).filter((name) => /^\d{4}-\d\d-\d\d$/.test(name)).sort();
  const version = newest.at(-1);
  if (version === undefined) return null;
  const files = await namesIn(join(folder, version));
  const file = MODEL_FILES.find((name) => files.includes(name));
  return file === undefined ? null : join(folder, version, file);
}

async function serviceOf(file: string): Promise<string | null> {
  const handle = await open(file);
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await handle.read(head, 0, HEAD_BYTES, 0);
    const text = unpack(file, head.subarray(0, bytesRead)).toString('utf8');
    const id = /"serviceId"\s*:\s*"([^"]+)"/.exec(text)?.[1];
    return id === undefined ? null : resourceServiceName(id);
  } finally {
    await handle.close();
  }
}

async function readWhole(file: string): Promise<Buffer> {
  return unpack(file, await readFile(file));
}

function unpack(file: string, content: Buffer): Buffer {
  // A part of a packed file is unpacked as far as it goes.
  return file.endsWith('.gz') ? gunzipSync(content, { finishFlush: constants.Z_SYNC_FLUSH }) : content;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}
