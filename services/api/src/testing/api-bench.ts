import { request as httpRequest } from 'node:http';
import { SFNClient, type SFNClientConfig } from '@aws-sdk/client-sfn';
import {
  type AccessKeyRequest,
  createAccessKey,
  DEFAULT_SETTINGS,
  encryptedStore,
  type EncryptionKeys,
  type EngineContext,
  type EngineSettings,
  type HintQueue,
  type IntegrationRegistry,
  type Logger,
  MasterKeys,
  noEncryptionKeys,
  type OpenToken,
  type RunCommit,
  SyncExecutions,
  createEngineContext,
  createWorkerRuntime,
} from '@everstep/engine';
import type { HistoryEvent } from '@everstep/language';
import { createLocalQueue } from '@everstep/queue-local';
import { FULL_ACCESS_POLICY } from '@everstep/protocol';
import { createMemoryStore } from '@everstep/store-memory';
import { Authenticator } from '../authenticator.ts';
import { type ApiServer, type ApiServerOptions, createApiServer } from '../server.ts';

export const ROLE = 'arn:aws:iam::123456789012:role/run';
export const PREFIX = 'arn:aws:states:us-east-1:123456789012';
export const DEFINITION = JSON.stringify({
  StartAt: 'Wait',
  States: { Wait: { Type: 'Wait', Seconds: 60, End: true } },
});

export interface LogLine {
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** A real server on an ephemeral port over a store in memory, with nobody interpreting. */
export interface ApiBench {
  readonly server: ApiServer;
  readonly client: SFNClient;
  readonly context: EngineContext;
  readonly syncExecutions: SyncExecutions;
  readonly log: readonly LogLine[];
  /** A new key, with everything allowed in account 123456789012 unless told otherwise, as an SDK takes it. */
  credentials(change?: Partial<AccessKeyRequest>): Promise<SdkCredentials>;
  /** Added to the store's clock, in milliseconds. */
  shiftTime(milliseconds: number): void;
  /** POSTs text as it is. */
  post(target: string | null, body: string | Buffer, headers?: Record<string, string>): Promise<RawAnswer>;
  /** Commits events, and an end or open tokens, to an execution, as a worker would. */
  advance(executionArn: string, change: Advance): Promise<void>;
  close(): Promise<void>;
}

export interface SdkCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Advance {
  readonly events?: readonly HistoryEvent[];
  readonly tokens?: readonly OpenToken[];
  readonly limits?: NonNullable<RunCommit['limits']>;
  readonly end?: { readonly status: 'SUCCEEDED' | 'FAILED'; readonly output?: string; readonly error?: string };
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface BenchOptions extends Partial<ApiServerOptions> {
  /** Whether a worker interprets what is started. */
  readonly worker?: boolean;
  /** What of the engine's settings is not as usual. */
  readonly settings?: Partial<EngineSettings>;
  /** Whether requests must be signed. */
  readonly secured?: boolean;
  /** Keys that state machines and activities may name. */
  readonly encryptionKeys?: EncryptionKeys;
}

export async function startApiBench(given: BenchOptions = {}): Promise<ApiBench> {
  const { worker: withWorker = false, secured = false, settings = {}, ...rest } = given;
  const { encryptionKeys = noEncryptionKeys, ...change } = rest;
  let shift = 0;
  const now = (): number => Date.now() + shift;
  const log: LogLine[] = [];
  const logger = recordingLogger(log);
  const context = createEngineContext({
    store: encryptedStore(createMemoryStore({ now }), { keys: encryptionKeys, logger }),
    encryptionKeys,
    hints: withWorker ? createLocalQueue({ logger }) : activityBell(),
    clock: { now, at: (at, callback) => later(at - now(), callback), sleep },
    logger,
    settings: { ...DEFAULT_SETTINGS, ...settings },
  });
  const worker = withWorker ? createWorkerRuntime(context, { registry: NO_INTEGRATIONS }) : null;
  await worker?.start();
  const syncExecutions = new SyncExecutions(context, { registry: NO_INTEGRATIONS });
  const masterKeys = new MasterKeys([MasterKeys.generate()]);
  const options = { context, syncExecutions, logger: context.logger, host: '127.0.0.1', port: 0 };
  const door = secured ? { authenticator: authenticatorOf(context, masterKeys) } : {};
  const server = await createApiServer({ ...options, ...door, ...change });
  const client = sfnClient(server.url);
  return {
    server,
    client,
    context,
    syncExecutions,
    log,
    credentials: (change) => newCredentials(context, masterKeys, change),
    shiftTime: (milliseconds) => {
      shift += milliseconds;
    },
    post: (target, body, headers) => rawPost(server.url, target, body, headers),
    advance: (executionArn, advance) => advanceExecution(context, executionArn, advance),
    async close() {
      client.destroy();
      await server.close();
      await worker?.drain(1_000);
      await context.hints.close();
    },
  };
}

function authenticatorOf({ store, clock, logger, settings }: EngineContext, masterKeys: MasterKeys): Authenticator {
  const source = { current: () => masterKeys, reload: () => masterKeys };
  const { region } = settings;
  return new Authenticator({ store, masterKeys: source, region, now: () => clock.now(), logger });
}

async function newCredentials(
  { store, clock, settings }: EngineContext,
  masterKeys: MasterKeys,
  change: Partial<AccessKeyRequest> = {},
): Promise<SdkCredentials> {
  const { accountId } = settings;
  const request = { accountId, userName: 'ada', policy: FULL_ACCESS_POLICY, expiresAt: null, now: clock.now() };
  const { sessionToken, ...made } = await createAccessKey(store, masterKeys, { ...request, ...change });
  return sessionToken === null ? made : { ...made, sessionToken };
}

const NO_INTEGRATIONS: IntegrationRegistry = { find: () => null, close: async () => {} };

function later(milliseconds: number, callback: () => void): () => void {
  const timer = setTimeout(callback, Math.max(0, milliseconds));
  return () => clearTimeout(timer);
}

export function sfnClient(endpoint: string, change: SFNClientConfig = {}): SFNClient {
  return new SFNClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    disableHostPrefix: true,
    maxAttempts: 1,
    ...change,
  });
}

export function rawPost(
  url: string,
  target: string | null,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<RawAnswer> {
  return rawRequest(url, {
    method: 'POST',
    path: '/',
    body,
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      ...(target === null ? {} : { 'x-amz-target': target }),
      ...headers,
    },
  });
}

export function rawRequest(
  url: string,
  request: { method: string; path: string; body?: string | Buffer; headers?: Record<string, string> },
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const { method, path, body, headers } = request;
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ hostname, port, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Hints go nowhere; the activity's bell rings for those who listen. */
function activityBell(): HintQueue {
  const listeners = new Set<(payload: string) => void>();
  return {
    send() {},
    sendToWorker() {},
    consume: async () => ({ close: async () => {} }),
    announce: (_topic, payload) => {
      for (const listener of listeners) listener(payload);
    },
    listen: async (_topic, listener) => {
      listeners.add(listener);
      return {
        close: async () => {
          listeners.delete(listener);
        },
      };
    },
    health: async () => ({ healthy: true }),
    close: async () => {},
  };
}

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener('abort', done, { once: true });
  });
}

function recordingLogger(lines: LogLine[]): Logger {
  const write = (level: string) => (fields: object, message: string) => {
    lines.push({ level, fields: { ...fields }, message });
  };
  const logger: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => logger,
  };
  return logger;
}

async function advanceExecution(context: EngineContext, executionArn: string, advance: Advance): Promise<void> {
  const { store } = context;
  const execution = await store.findExecutionByArn(executionArn);
  if (execution === null) throw new Error(`no execution ${executionArn}`);
  const now = context.clock.now();
  const events = advance.events ?? [];
  const end = advance.end;
  await store.force(execution.executionId, (run): RunCommit => {
    const first = events.at(0);
    const last = events.at(-1);
    return {
      executionId: run.execution.executionId,
      epoch: run.epoch,
      consumed: run.inbox.at(-1)?.number ?? run.consumed,
      checkpoint: run.checkpoint,
      format: run.format,
      frames: { written: [], deleted: [] },
      history:
        first === undefined || last === undefined
          ? null
          : { firstEventId: first.id, lastEventId: last.id, events: JSON.stringify(events) },
      tokens: { opened: advance.tokens ?? [], closed: [] },
      ...(advance.limits === undefined ? {} : { limits: advance.limits }),
      arrivals: [],
      then:
        end === undefined
          ? { kind: 'park', wakeAt: null }
          : {
              kind: 'end',
              status: end.status,
              stopDate: now,
              output: end.output ?? null,
              error: end.error ?? null,
              cause: end.error === undefined ? null : `because of ${end.error}`,
              reusableAt: now + 1_000,
            },
    };
  });
}
