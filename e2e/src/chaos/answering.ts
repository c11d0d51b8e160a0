import {
  GetActivityTaskCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { type ApiCaller, RefusedError } from './api-caller.ts';
import { RecordsTail } from './records.ts';

/** What the API acknowledged, by execution's name or by token. */
export interface Acknowledged {
  /** Executions whose callback was acknowledged, with the output that was sent, or null for a failure. */
  readonly callbacks: Map<string, string | null>;
  /** Executions whose stop was acknowledged. */
  readonly stops: Set<string>;
  /** How many activity tasks were acknowledged as done. */
  activityResults: number;
  /** When the acknowledged heartbeats of an execution were sent. */
  readonly beats: Map<string, number[]>;
}

interface Request {
  readonly token: string;
  readonly mode: string;
  readonly value: number;
  readonly execution: string;
}

const LOOK_EVERY_MS = 100;
const BEAT_EVERY_MS = 2_500;
const BEATS = 7;
/** Longer than the API's own long poll. */
const POLL_MS = 70_000;

/** Everything that waits for somebody outside is answered here: callbacks, heartbeats, activities, stops. */
export class Answering {
  readonly acknowledged: Acknowledged = {
    callbacks: new Map(),
    stops: new Set(),
    activityResults: 0,
    beats: new Map(),
  };
  /** Answers that failed in a way that nothing explains. */
  readonly problems: string[] = [];
  readonly #caller: ApiCaller;
  readonly #tail: RecordsTail;
  readonly #activityArn: string;
  readonly #executionArn: (name: string) => string;
  readonly #seen = new Set<string>();
  readonly #running = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  #loops: Promise<void>[] = [];

  constructor(options: {
    caller: ApiCaller;
    tokensFile: string;
    activityArn: string;
    executionArn: (name: string) => string;
  }) {
    this.#caller = options.caller;
    this.#tail = new RecordsTail(options.tokensFile);
    this.#activityArn = options.activityArn;
    this.#executionArn = options.executionArn;
  }

  start(pollers: number): void {
    const polling = Array.from({ length: pollers }, (_, index) => this.#poll(`poller-${index}`));
    this.#loops = [this.#watch(), ...polling];
  }

  /** Resolves when nothing is asked or answered any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#loops);
    await Promise.all(this.#running);
  }

  async #watch(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      for (const { token, mode, value, execution } of await this.#tail.next()) {
        if (typeof token !== 'string' || typeof mode !== 'string' || typeof value !== 'number') continue;
        // A request that a crash repeated carries the same token.
        if (typeof execution !== 'string' || this.#seen.has(token)) continue;
        this.#seen.add(token);
        this.#keep(this.#answer({ token, mode, value, execution }));
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  #keep(answer: Promise<void>): void {
    const kept = answer
      .catch((error: unknown) => {
        this.problems.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
      })
      .finally(() => this.#running.delete(kept));
    this.#running.add(kept);
  }

  async #answer(request: Request): Promise<void> {
    const { token, mode, value, execution } = request;
    switch (mode) {
      case 'success': {
        await this.#succeed(request);
        // Said once more: applied once, and answered as AWS answers.
        if (value % 3 === 0) await this.#succeed(request, { again: true });
        return;
      }
      case 'failure': {
        const done = await this.#unlessLate(execution, (client, abortSignal) =>
          client.send(new SendTaskFailureCommand({ taskToken: token, error: 'Denied', cause: 'no' }), { abortSignal }),
        );
        if (done) this.acknowledged.callbacks.set(execution, null);
        return;
      }
      case 'beating':
        return this.#beat(request);
      case 'stop': {
        const executionArn = this.#executionArn(execution);
        await this.#caller.call((client, abortSignal) =>
          client.send(new StopExecutionCommand({ executionArn, error: 'Stopped' }), { abortSignal }),
        );
        this.acknowledged.stops.add(execution);
        return;
      }
      default:
    }
  }

  async #succeed({ token, value, execution }: Request, { again = false, mayBeLate = false } = {}): Promise<void> {
    const output = JSON.stringify({ value: value + 1 });
    const done = await this.#unlessLate(
      execution,
      (client, abortSignal) => client.send(new SendTaskSuccessCommand({ taskToken: token, output }), { abortSignal }),
      again || mayBeLate,
    );
    if (done && !again) this.acknowledged.callbacks.set(execution, output);
  }

  /** Whether it was acknowledged. A refusal is right where an earlier try may have been accepted. */
  async #unlessLate(execution: string, send: Parameters<ApiCaller['call']>[0], mayBeRefused = false): Promise<boolean> {
    try {
      await this.#caller.call(send);
      return true;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      if (error.tries > 1 || mayBeRefused) return false;
      throw new Error(`the answer to ${execution} was refused at the first try`, { cause: error });
    }
  }

  /** Whether a heartbeat that was refused came too late is seen in the history afterwards. */
  async #beat(request: Request): Promise<void> {
    const { token, execution } = request;
    const sent: number[] = [];
    this.acknowledged.beats.set(execution, sent);
    try {
      for (let beat = 0; beat < BEATS; beat++) {
        await new Promise((resolve) => setTimeout(resolve, BEAT_EVERY_MS));
        const at = Date.now();
        await this.#caller.call((client, abortSignal) =>
          client.send(new SendTaskHeartbeatCommand({ taskToken: token }), { abortSignal }),
        );
        sent.push(at);
      }
    } catch (error) {
      if (error instanceof RefusedError && error.name === 'TaskTimedOut') return;
      throw error;
    }
    await this.#succeed(request, { mayBeLate: true });
  }

  /** A worker of the activity. A task whose answer got lost is found again by its heartbeat. */
  async #poll(workerName: string): Promise<void> {
    const get = new GetActivityTaskCommand({ activityArn: this.#activityArn, workerName });
    while (!this.#stopping.signal.aborted) {
      try {
        const stopping = this.#stopping.signal;
        const polled = await this.#caller.call(
          (client, signal) => client.send(get, { abortSignal: AbortSignal.any([signal, stopping]) }),
          { answerMs: POLL_MS, withinMs: 0 },
        );
        const { taskToken, input } = polled.answer;
        if (taskToken !== undefined && taskToken !== '') await this.#work(taskToken, input ?? '{}');
      } catch (error) {
        if (error instanceof RefusedError && !this.#stopping.signal.aborted)
          this.problems.push(`polling: ${error.message}`);
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      }
    }
  }

  async #work(taskToken: string, input: string): Promise<void> {
    const { value }: { value: number } = JSON.parse(input);
    try {
      await this.#caller.call((client, abortSignal) => {
        const answer =
          value % 5 === 0
            ? client.send(new SendTaskFailureCommand({ taskToken, error: 'Refused', cause: 'no' }), { abortSignal })
            : client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify({ value: value * 3 }) }), {
                abortSignal,
              });
        return answer.then(() => undefined);
      });
      this.acknowledged.activityResults++;
    } catch (error) {
      // Too late, after an answer that got lost: another worker has the task by now.
      if (!(error instanceof RefusedError)) throw error;
    }
  }
}
