import {
  type EngineContext,
  OutcomeUnknownError,
  StoreUnavailableError,
  getActivityTask,
  redriveExecution,
  sendTaskFailure,
  sendTaskHeartbeat,
  sendTaskSuccess,
  startExecution,
  stopExecution,
} from '@everstep/engine';
import { parseJson } from '@everstep/language';
import { ApiError } from '@everstep/protocol';
import type { MemoryState } from '@everstep/store-memory';
import { type Doing, answerOf, readDoing } from './functions.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { Stage } from './stage.ts';

/** A process of the API, as its clients see it. */
export interface Api {
  readonly process: SimulatedProcess;
  readonly context: EngineContext;
}

export interface PeopleOptions {
  readonly stage: Stage;
  readonly state: MemoryState;
  /** An API process that takes requests now, or null. */
  readonly findApi: () => Api | null;
  /** Whether there is, or was, an execution of this ARN. */
  readonly exists: (executionArn: string) => boolean;
  /** Whether the simulation goes on. */
  readonly goesOn: () => boolean;
}

class ConnectionLostError extends Error {}

const REQUEST_TIMEOUT_MS = 9_000;
const POLL_MS = 3_000;

/** Everybody outside: they ask again until they have an answer, and remember what they were promised. */
export class People {
  readonly #options: PeopleOptions;
  readonly #answering = new Set<string>();
  /** People who still have something to ask. */
  busy = 0;

  constructor(options: PeopleOptions) {
    this.#options = options;
  }

  /** Starts an execution; some ask twice at once. Its ARN, once that is acknowledged. */
  async start(stateMachineArn: string, name: string, input: string): Promise<string | null> {
    const { chance } = this.#options.stage;
    const ask = () =>
      this.ask(`start ${name}`, async (context) => {
        const { executionArn } = await startExecution(context, { stateMachineArn, name, input });
        return executionArn;
      });
    if (chance.happens(0.15)) this.inBackground(ask());
    const executionArn = await ask();
    const { stage, exists } = this.#options;
    if (executionArn !== null && !exists(executionArn)) {
      stage.violate('acknowledged', `the start of ${name} was acknowledged, and it does not exist`);
    }
    return executionArn;
  }

  async stop(executionArn: string): Promise<void> {
    const { state, stage } = this.#options;
    const stopped = await this.ask('stop', (context) =>
      stopExecution(context, { executionArn, error: 'Stopped', cause: 'by somebody' }),
    );
    const execution = state.executions.get(state.idsByArn.get(executionArn) ?? '');
    if (stopped !== null && execution?.record.status === 'RUNNING') {
      stage.violate('acknowledged', `the stop of ${execution.record.name} was acknowledged, and it runs`);
    }
  }

  /** Some ask twice at once, with the same token. */
  async redrive(executionArn: string, clientToken: string): Promise<void> {
    const { state, stage } = this.#options;
    const recordOf = () => state.executions.get(state.idsByArn.get(executionArn) ?? '')?.record;
    const before = recordOf()?.redriveCount ?? 0;
    const ask = () => this.ask('redrive', (context) => redriveExecution(context, { executionArn, clientToken }));
    if (stage.chance.happens(0.3)) this.inBackground(ask());
    const answer = await ask();
    const after = recordOf()?.redriveCount ?? 0;
    if (after > before + 1)
      stage.violate('acknowledged', `one token has redriven ${executionArn} ${after - before} times`);
    if (answer !== null && after === 0) stage.violate('acknowledged', `the redrive of ${executionArn} did not happen`);
  }

  /** Somebody got a token, perhaps not for the first time, and does what the task asks for. */
  hear(token: string, doing: Doing): void {
    const { chance } = this.#options.stage;
    if (this.#answering.has(token) && chance.happens(0.5)) return;
    this.#answering.add(token);
    this.inBackground(this.#answer(token, doing));
  }

  knows(token: string): boolean {
    return this.#answering.has(token);
  }

  /** A worker of one activity asks for tasks for as long as the simulation goes on. */
  async poll(activityArn: string, workerName: string): Promise<void> {
    const { stage, goesOn } = this.#options;
    while (goesOn()) {
      const gone = new AbortController();
      if (stage.chance.happens(0.1)) stage.timeline.after(stage.chance.integer(0, POLL_MS), () => gone.abort());
      const task = await this.#once(`poll ${workerName}`, (context) =>
        getActivityTask(context, { activityArn, workerName, signal: gone.signal, waitMs: POLL_MS }),
      );
      if (task === null) await stage.timeline.sleep(stage.chance.integer(20, 300));
      else this.hear(task.taskToken, readDoing(parseJson(task.input)));
    }
  }

  async #answer(taskToken: string, doing: Doing): Promise<void> {
    const { stage } = this.#options;
    const { behaviour } = doing;
    const what = `task token ${taskToken.slice(-6)}`;
    for (let beat = 0; beat < behaviour.beats; beat++) {
      await stage.timeline.sleep(behaviour.beatMs);
      await this.ask(`beat ${what}`, async (context) => sendTaskHeartbeat(context, { taskToken }));
    }
    if (behaviour.silent) return;
    await stage.timeline.sleep(behaviour.takesMs);
    const send = (): Promise<void | null> => {
      const answer = answerOf(doing);
      if (!answer.ok) return this.ask(`fail ${what}`, (context) => sendTaskFailure(context, { taskToken, ...answer }));
      const output = JSON.stringify(answer.output);
      return this.ask(`answer ${what}`, (context) => sendTaskSuccess(context, { taskToken, output }));
    };
    if (stage.chance.happens(0.2)) this.inBackground(send());
    await send();
  }

  /** Somebody is at it, and nobody waits for that. */
  inBackground(work: Promise<unknown>): void {
    this.busy += 1;
    work.then(
      () => {
        this.busy -= 1;
      },
      (error: unknown) => this.#options.stage.violate('engine', `a client failed: ${String(error)}`),
    );
  }

  /** Asks until there is an answer; null is a refusal in AWS's words. */
  async ask<Answer>(what: string, ask: (context: EngineContext) => Promise<Answer>): Promise<Answer | null> {
    const { stage, goesOn } = this.#options;
    this.busy += 1;
    try {
      while (goesOn()) {
        try {
          const answer = await this.#request(ask);
          stage.trace.note('people', `${what}: done`);
          return answer;
        } catch (error) {
          if (error instanceof ApiError) {
            stage.trace.note('people', `${what}: ${error.code}`);
            return null;
          }
          this.#expect(error, what);
        }
        await stage.timeline.sleep(stage.chance.integer(50, 500));
      }
      return null;
    } finally {
      this.busy -= 1;
    }
  }

  async #once<Answer>(what: string, ask: (context: EngineContext) => Promise<Answer>): Promise<Answer | null> {
    try {
      return await this.#request(ask);
    } catch (error) {
      this.#expect(error, what);
      return null;
    }
  }

  /** Anything but a store that is away or a broken connection is a fault of the engine. */
  #expect(error: unknown, what: string): void {
    const known = [ConnectionLostError, OutcomeUnknownError, StoreUnavailableError, ApiError];
    if (known.some((kind) => error instanceof kind)) return;
    this.#options.stage.violate('engine', `${what}: ${error instanceof Error ? String(error.stack) : String(error)}`);
  }

  #request<Answer>(ask: (context: EngineContext) => Promise<Answer>): Promise<Answer> {
    const { stage, findApi } = this.#options;
    const api = findApi();
    if (api === null) return Promise.reject(new ConnectionLostError('there is no API'));
    return new Promise((resolve, reject) => {
      const lose = (): void => {
        stop();
        stage.timeline.cancel(timeout);
        reject(new ConnectionLostError('the connection was lost'));
      };
      const timeout = stage.timeline.after(REQUEST_TIMEOUT_MS, lose);
      const stop = api.process.onDeath(lose);
      const settle = (run: () => void): void => {
        stop();
        stage.timeline.cancel(timeout);
        run();
      };
      api.process.enter(() => {
        ask(api.context).then(
          (answer) => settle(() => resolve(answer)),
          (error: unknown) => settle(() => reject(error)),
        );
      });
    });
  }
}
