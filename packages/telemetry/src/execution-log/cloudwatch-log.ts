import type * as CloudWatchModule from '@aws-sdk/client-cloudwatch-logs';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { ExecutionLog, ExecutionLogEvent, ExecutionLogTarget, Logger } from '@everstep/engine';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Outbox, type OutboxCarrier, type OutboxOptions } from './outbox.ts';

export interface CloudWatchLogOptions {
  /** In place of AWS. */
  readonly endpoint?: string;
  readonly logger: Logger;
  readonly outbox?: Partial<Pick<OutboxOptions, 'maxWaitingBytes' | 'lingerMs'>>;
}

/**
 * Delivers execution logs to CloudWatch Logs, or to what speaks its API. The streams are named as AWS names those it
 * delivers to: `states/<state machine>/<yyyy-MM-dd-HH-mm>/<id>`, the id being this process's.
 * https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
 */
export function createCloudWatchLog({ endpoint, logger, outbox }: CloudWatchLogOptions): ExecutionLog {
  return new Outbox({ carrier: new CloudWatchCarrier(endpoint), logger, ...outbox });
}

type Sdk = typeof CloudWatchModule;

interface Stream {
  readonly name: string;
  readonly openedAt: number;
  created: boolean;
}

const STREAM_LIFE_MS = 3_600_000;
const MAX_STREAMS = 10_000;
const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 10_000;

class CloudWatchCarrier implements OutboxCarrier {
  readonly #endpoint: string | undefined;
  readonly #id = randomBytes(4).toString('hex');
  readonly #streams = new Map<string, Stream>();
  /** By region: a log group lies where its ARN says. */
  readonly #clients = new Map<string, CloudWatchLogsClient>();
  #loading: Promise<Sdk> | null = null;

  constructor(endpoint: string | undefined) {
    this.#endpoint = endpoint;
  }

  laneOf({ logGroupArn, stateMachineArn }: ExecutionLogTarget): string {
    return `${logGroupArn} ${stateMachineArn}`;
  }

  async deliver(target: ExecutionLogTarget, batch: readonly ExecutionLogEvent[], signal: AbortSignal): Promise<void> {
    this.#loading ??= load();
    const sdk = await this.#loading;
    const { region, logGroupName } = groupOf(target.logGroupArn);
    const client = this.#clientOf(sdk, region);
    const stream = this.#streamOf(target);
    // One request takes events in the order of their times; those of one moment stay as they came.
    const logEvents = batch.toSorted((left, right) => left.timestamp - right.timestamp);
    const put = async (): Promise<void> => {
      if (!stream.created) await createStream(sdk, client, logGroupName, stream.name);
      stream.created = true;
      const command = new sdk.PutLogEventsCommand({ logGroupName, logStreamName: stream.name, logEvents });
      await client.send(command, { abortSignal: signal });
    };
    let recreated = false;
    for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)) {
      try {
        return await put();
      } catch (error) {
        const isStreamGone = stream.created && nameOf(error) === 'ResourceNotFoundException';
        if (isStreamGone && !recreated) {
          recreated = true;
          stream.created = false;
        } else if (signal.aborted || !mayPass(error)) throw error;
        else await pause(delayMs, signal);
      }
    }
  }

  async close(): Promise<void> {
    for (const client of this.#clients.values()) client.destroy();
  }

  #clientOf(sdk: Sdk, region: string): CloudWatchLogsClient {
    let client = this.#clients.get(region);
    if (client === undefined) {
      const endpoint = this.#endpoint === undefined ? {} : { endpoint: this.#endpoint };
      client = new sdk.CloudWatchLogsClient({ region, maxAttempts: 1, ...endpoint });
      this.#clients.set(region, client);
    }
    return client;
  }

  #streamOf(target: ExecutionLogTarget): Stream {
    const lane = this.laneOf(target);
    const now = Date.now();
    const known = this.#streams.get(lane);
    if (known !== undefined && now - known.openedAt < STREAM_LIFE_MS) return known;
    const machine = target.stateMachineArn.split(':').at(6) ?? 'unknown';
    const moment = new Date(now).toISOString().slice(0, 16).replace(/[T:]/g, '-');
    const stream = { name: `states/${machine}/${moment}/${this.#id}`, openedAt: now, created: false };
    this.#streams.delete(lane);
    this.#streams.set(lane, stream);
    for (const oldest of this.#streams.keys()) {
      if (this.#streams.size <= MAX_STREAMS) break;
      this.#streams.delete(oldest);
    }
    return stream;
  }
}

async function load(): Promise<Sdk> {
  try {
    return await import('@aws-sdk/client-cloudwatch-logs');
  } catch (error) {
    const message =
      'Delivering execution logs needs the package @aws-sdk/client-cloudwatch-logs; install it beside Everstep.';
    throw new Error(message, { cause: error });
  }
}

/** `arn:aws:logs:<region>:<account>:log-group:<name>:*` */
function groupOf(logGroupArn: string): { region: string; logGroupName: string } {
  const [, , service, region, , kind, logGroupName] = logGroupArn.split(':');
  if (service !== 'logs' || kind !== 'log-group' || !region || !logGroupName) {
    throw new Error(`${logGroupArn} is not the ARN of a log group`);
  }
  return { region, logGroupName };
}

async function createStream(
  sdk: Sdk,
  client: CloudWatchLogsClient,
  logGroupName: string,
  logStreamName: string,
): Promise<void> {
  try {
    await client.send(new sdk.CreateLogStreamCommand({ logGroupName, logStreamName }));
  } catch (error) {
    if (nameOf(error) !== 'ResourceAlreadyExistsException') throw error;
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

/** No answer, an answer that says to come again, or one that blames the server. */
function mayPass(error: unknown): boolean {
  if (/^(Throttling|TooManyRequests|ServiceUnavailable|RequestTimeout)/.test(nameOf(error))) return true;
  if (nameOf(error) === 'CredentialsProviderError') return false;
  const metadata: unknown = error instanceof Error && '$metadata' in error ? error.$metadata : undefined;
  const status: unknown =
    typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, 'httpStatusCode') : undefined;
  return typeof status !== 'number' || status >= 500 || status === 429;
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
