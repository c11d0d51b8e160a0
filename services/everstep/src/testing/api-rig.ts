import { setTimeout as pause } from 'node:timers/promises';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { createApiServer } from '@everstep/api-service';
import {
  Connections,
  createEngineContext,
  createWorkerRuntime,
  DEFAULT_SETTINGS,
  type EngineContext,
  type FunctionInvocation,
  DEFAULT_OUTGOING_RULES,
  type FunctionInvoker,
  MasterKeys,
  OutgoingPolicy,
  silentLogger,
} from '@everstep/engine';
import { createIntegrationRegistry, createOutgoing } from '@everstep/integrations';
import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { Command } from 'commander';
import { vi } from 'vitest';

export const ROLE = 'arn:aws:iam::123456789012:role/run';

/** A server with a worker on a store in memory, and the user's commands pointed at it. */
export interface ApiRig {
  readonly url: string;
  readonly client: SFNClient;
  /** What the functions of tasks were asked, in the order of calls. */
  readonly calls: readonly FunctionInvocation[];
  /** Answers the calls from now on: JSON text. */
  answer(call: (invocation: FunctionInvocation) => string): void;
  createMachine(name: string, definition: object, type?: 'STANDARD' | 'EXPRESS'): Promise<string>;
  close(): Promise<void>;
}

export async function startApiRig(): Promise<ApiRig> {
  const calls: FunctionInvocation[] = [];
  let answer = (_invocation: FunctionInvocation): string => '{}';
  const functions: FunctionInvoker = {
    async invoke(invocation) {
      calls.push(invocation);
      return { statusCode: 200, executedVersion: '$LATEST', requestId: 'r', payload: answer(invocation) };
    },
    close: async () => undefined,
  };
  const logger = silentLogger;
  const context = createEngineContext({
    store: createMemoryStore({ now: Date.now }),
    hints: createLocalQueue({ logger }),
    clock: { now: Date.now, at: (at, callback) => later(at - Date.now(), callback), sleep },
    logger,
    settings: DEFAULT_SETTINGS,
  });
  const registry = createIntegrationRegistry({ context, functions });
  const worker = createWorkerRuntime(context, { registry });
  await worker.start();
  const { syncExecutions } = registry;
  const connections = connectionsOf(context);
  const server = await createApiServer({ context, syncExecutions, connections, logger, host: '127.0.0.1', port: 0 });
  const client = new SFNClient({
    endpoint: server.url,
    region: 'us-east-1',
    disableHostPrefix: true,
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });
  return {
    url: server.url,
    client,
    calls,
    answer(call) {
      answer = call;
    },
    async createMachine(name, definition, type = 'STANDARD') {
      const request = { name, type, roleArn: ROLE, definition: JSON.stringify(definition) };
      const { stateMachineArn = '' } = await client.send(new CreateStateMachineCommand(request));
      return stateMachineArn;
    },
    async close() {
      client.destroy();
      await server.close();
      await worker.drain(1_000);
      await registry.close();
      await context.hints.close();
    },
  };
}

function connectionsOf({ store, clock, ids, logger }: EngineContext): Connections {
  const keys = new MasterKeys([MasterKeys.generate()]);
  const policy = new OutgoingPolicy({ ...DEFAULT_OUTGOING_RULES, allow: ['loopback'] });
  const masterKeys = { current: () => keys, reload: () => keys };
  return new Connections({ store, clock, ids, logger, masterKeys, outgoing: createOutgoing({ policy }) });
}

function later(milliseconds: number, callback: () => void): () => void {
  const timer = setTimeout(callback, Math.max(0, milliseconds));
  return () => clearTimeout(timer);
}

async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await pause(milliseconds, undefined, { signal }).catch(() => undefined);
}

export interface Said {
  readonly code: number;
  /** What it printed for programs and people, and what it complained of. */
  readonly out: string;
  readonly err: string;
}

/** Runs a command in this process as a shell would without a terminal. */
export async function everstep(
  command: Command,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Said> {
  const out: string[] = [];
  const err: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void out.push(line));
  vi.spyOn(console, 'error').mockImplementation((line: string) => void err.push(line));
  // An empty variable counts as absent.
  const absent = { AWS_ACCESS_KEY_ID: '', AWS_PROFILE: '', AWS_REGION: '', AWS_ENDPOINT_URL_SFN: '', NO_COLOR: '1' };
  for (const [name, value] of Object.entries({ ...absent, ...environment })) vi.stubEnv(name, value);
  process.exitCode = undefined;
  try {
    await new Command().addCommand(command).parseAsync([command.name(), ...words], { from: 'user' });
    return { code: Number(process.exitCode ?? 0), out: out.join('\n'), err: err.join('\n') };
  } finally {
    process.exitCode = undefined;
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  }
}
