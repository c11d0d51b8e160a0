import { setTimeout as sleep } from 'node:timers/promises';
import { sdkErrorText } from '../aws-sdk/aws-sdk.ts';
import type { SdkCaller } from '../aws-sdk/sdk-caller.ts';
import type { SdkClient } from '../aws-sdk/sdk-clients.ts';
import { noStsText } from '../aws-sdk/sdk-roles.ts';
import { type SdkRefusal, readRefusal } from '../aws-sdk/sdk-refusal.ts';
import { textOf } from '../unknown-member.ts';

/** How calls that fail for a moment are repeated. */
export interface S3Patience {
  /** Times that a call is made at most. */
  readonly attempts: number;
  /** How long one may take, with the reading of its answer, in milliseconds. */
  readonly timeoutMs: number;
  /** The pause before the first repetition; it doubles, up to `longestPauseMs`. */
  readonly pauseMs: number;
  readonly longestPauseMs: number;
}

export const USUAL_PATIENCE: S3Patience = { attempts: 6, timeoutMs: 60_000, pauseMs: 200, longestPauseMs: 10_000 };

/** S3 refused, or could not be reached, for good. The message is what a state's cause says. */
export class S3CallError extends Error {
  readonly code: string;
  /** null: there was no answer. */
  readonly statusCode: number | null;
  constructor(code: string, statusCode: number | null, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'S3CallError';
    this.code = code;
    this.statusCode = statusCode;
  }
}

/** Calls S3 for one Map Run. Unlike a task, whose Retry decides, it repeats what fails for a moment. */
export class S3Calls {
  readonly #caller: SdkCaller;
  readonly #roleArn: string | null;
  readonly #signal: AbortSignal;
  readonly #patience: S3Patience;

  constructor(caller: SdkCaller, roleArn: string | null, signal: AbortSignal, patience: S3Patience) {
    this.#caller = caller;
    this.#roleArn = roleArn;
    this.#signal = signal;
    this.#patience = patience;
  }

  get signal(): AbortSignal {
    return this.#signal;
  }

  /**
   * `read` takes what it needs from the answer, its body included, and belongs to the attempt, whose signal it gets.
   * Throws {@link S3CallError}, and the reason of the Map Run's signal.
   */
  async call<Result>(
    operation: string,
    input: Readonly<Record<string, unknown>>,
    read: (answer: unknown, signal: AbortSignal) => Promise<Result> | Result,
  ): Promise<Result> {
    const client = await this.#client();
    const command = client.exported[`${operation}Command`];
    if (typeof command !== 'function')
      throw new S3CallError('', null, `The installed client of S3 has no ${operation}.`);
    let pauseMs = this.#patience.pauseMs;
    for (let attempt = 1; ; attempt++) {
      this.#signal.throwIfAborted();
      const deadline = AbortSignal.timeout(this.#patience.timeoutMs);
      try {
        const instance: unknown = Reflect.construct(command, [input]);
        const signal = AbortSignal.any([this.#signal, deadline]);
        return await read(await client.send(instance, signal), signal);
      } catch (error) {
        this.#signal.throwIfAborted();
        if (error instanceof S3CallError) throw error;
        const refusal = readRefusal(client, deadline.aborted ? new ReadTimedOutError() : error);
        if (attempt >= this.#patience.attempts || !isPassing(error, refusal, deadline)) throw callError(refusal, error);
        await sleep(pauseMs * (0.5 + Math.random() / 2), undefined, { signal: this.#signal });
        pauseMs = Math.min(pauseMs * 2, this.#patience.longestPauseMs);
      }
    }
  }

  async #client(): Promise<SdkClient> {
    if (this.#roleArn !== null && this.#caller.roles === null) {
      throw new S3CallError('', null, noStsText(this.#roleArn));
    }
    const client = await this.#caller.client('s3', this.#roleArn);
    if (client !== null) return client;
    throw new S3CallError('', null, 'S3 needs the package @aws-sdk/client-s3; install it beside Everstep.');
  }
}

class ReadTimedOutError extends Error {
  override readonly name = 'TimeoutError';
  constructor() {
    super('Read timed out');
  }
}

function isOfTheWay(error: unknown): boolean {
  return textOf(error, 'code') !== undefined || textOf(error, 'name') === 'TimeoutError';
}

const PASSING_CODES: ReadonlySet<string> = new Set([
  'SlowDown',
  'RequestTimeout',
  'RequestTimeTooSkewed',
  'Throttling',
]);

function isPassing(error: unknown, { statusCode, code }: SdkRefusal, deadline: AbortSignal): boolean {
  if (deadline.aborted || PASSING_CODES.has(code)) return true;
  return statusCode === null ? isOfTheWay(error) : statusCode >= 500 || statusCode === 429;
}

function callError(refusal: SdkRefusal, cause: unknown): S3CallError {
  const { code, statusCode, message } = refusal;
  const text = statusCode === null ? message : sdkErrorText('S3', { ...refusal, statusCode });
  return new S3CallError(code, statusCode, text, { cause });
}
