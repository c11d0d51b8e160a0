import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type FunctionAnswer,
  type FunctionInvocation,
  type FunctionLogLine,
  type LocalFunctions,
  silentLogger,
} from '@everstep/engine';
import { createFunctionHost, type FunctionHostOptions } from '../function-host.ts';

/** A host on a folder of its own. */
export interface FunctionsBench {
  readonly host: LocalFunctions;
  readonly functionsDir: string;
  /** What functions have written, in order. */
  readonly lines: readonly FunctionLogLine[];
  /** Writes files of a function, by their paths in its folder. */
  define(name: string, files: Readonly<Record<string, string>>, manifest?: object): Promise<void>;
  call(functionName: string, payload?: unknown, more?: Partial<FunctionInvocation>): Promise<FunctionAnswer>;
  close(): Promise<void>;
}

export const EXECUTION = 'arn:aws:states:us-east-1:123456789012:execution:m:e';

export async function openFunctionsBench(options: Partial<FunctionHostOptions> = {}): Promise<FunctionsBench> {
  const functionsDir = await mkdtemp(join(tmpdir(), 'everstep-functions-'));
  const lines: FunctionLogLine[] = [];
  const host = createFunctionHost({
    functionsDir,
    region: 'eu-west-1',
    accountId: '000000000001',
    logger: silentLogger,
    logs: { write: (line) => void lines.push(line), read: async () => null, close: async () => undefined },
    ...options,
  });
  return {
    host,
    functionsDir,
    lines,
    async define(name, files, manifest) {
      const all = manifest === undefined ? files : { ...files, 'function.json': JSON.stringify(manifest) };
      for (const [path, text] of Object.entries(all)) {
        const file = join(functionsDir, name, path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, text);
        if (text.startsWith('#!')) await chmod(file, 0o755);
      }
    },
    call(functionName, payload = {}, more = {}) {
      return host.invoke({
        functionName,
        payload: JSON.stringify(payload),
        invocationType: 'RequestResponse',
        clientContext: { custom: { idempotencyKey: 'key-1' } },
        executionArn: EXECUTION,
        signal: new AbortController().signal,
        ...more,
      });
    },
    async close() {
      await host.close();
      await rm(functionsDir, { recursive: true, force: true });
    },
  };
}

/** A Node.js function of one file. */
export function nodejs(source: string): Record<string, string> {
  return { 'index.mjs': source };
}

export function python(source: string): Record<string, string> {
  return { 'lambda_function.py': source };
}
