import type { Integration, TaskOutcome, TaskRequest } from '@everstep/engine';
import type { Json, TaskPattern } from '@everstep/language';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultyServer, type ServerBehaviour } from './faulty-server.ts';

/** An integration that talks HTTP, and how its service looks. */
export interface IntegrationContract {
  readonly name: string;
  /** `sqs:sendMessage`, `aws-sdk:s3:getObject` */
  readonly resource: string;
  readonly parameters: Json;
  /** Opens the integration through its real client, with calls that end after `timeoutMs`. */
  open(endpoint: string, timeoutMs: number): { readonly integration: Integration; close(): Promise<void> };
  /** A service that is well, and what the task gives then. */
  readonly healthy: { readonly behaviour: ServerBehaviour; readonly output: object };
  /** The error of an answer with status 500, of one with 429 and of a way to the service that is broken. */
  readonly errors: { readonly failed: RegExp; readonly throttled: RegExp; readonly unreachable: RegExp };
}

const NEVER = new AbortController().signal;
/** Calls that must succeed have all the time that a loaded machine may need; calls that must time out have little. */
const AMPLE_MS = 20_000;
const SHORT_MS = 300;

const CHUNK = 'x'.repeat(64 * 1024);
const CHUNKS = 400;

/** 25 MiB, piece by piece, for as long as somebody listens. */
function floodWith(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' }).write('{"x":"');
  let left = CHUNKS;
  const next = (): void => {
    if (response.destroyed) return;
    left -= 1;
    if (left === 0) response.end('"}');
    else response.write(CHUNK, () => setImmediate(next));
  };
  next();
}

/** A request as the worker makes it. */
export function contractRequest(
  resource: string,
  parameters: Json,
  more: Partial<TaskRequest> & { readonly pattern?: TaskPattern } = {},
): TaskRequest {
  const { pattern = 'requestResponse', ...rest } = more;
  const dot = resource.lastIndexOf(':');
  const operation = resource.slice(dot + 1);
  return {
    executionArn: 'arn:aws:states:us-east-1:123456789012:execution:m:e',
    executionId: 'e',
    stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:m',
    stateName: 'Call',
    taskId: 3,
    attemptId: 'e-3',
    resource: {
      arn: `arn:aws:states:::${resource}`,
      kind: 'integration',
      service: resource.slice(0, dot),
      action: operation,
      operation,
      pattern,
      syncVersion: 1,
    },
    parameters,
    token: pattern === 'waitForTaskToken' ? 'token' : null,
    roleArn: null,
    timeoutAt: null,
    signal: NEVER,
    ...rest,
  };
}

/**
 * What every integration keeps to, whatever its service does: each call ends within its time as a value, is made once
 * (Retry is the state's), lets go when it is aborted, takes no more than a state can hold, and never holds up others.
 */
export function describeIntegrationContract(contract: IntegrationContract): void {
  describe(`the integration contract: ${contract.name}`, () => {
    let server: FaultyServer;
    beforeAll(async () => {
      server = await FaultyServer.start();
    });
    afterAll(() => server.close());

    const perform = async (behaviour: ServerBehaviour, timeoutMs: number, signal = NEVER): Promise<TaskOutcome> => {
      server.behave(behaviour);
      const opened = contract.open(server.url, timeoutMs);
      try {
        return await opened.integration.perform(contractRequest(contract.resource, contract.parameters, { signal }));
      } finally {
        await opened.close();
      }
    };
    const failure = async (behaviour: ServerBehaviour, timeoutMs = AMPLE_MS): Promise<TaskOutcome> => {
      const outcome = await perform(behaviour, timeoutMs);
      expect(outcome.type).toBe('failed');
      expect(server.seen.length).toBe(1);
      return outcome;
    };
    const named = (error: RegExp) => ({ error: expect.stringMatching(error), cause: expect.stringMatching(/./) });

    it('gives the answer of a service that is well', async () => {
      const outcome = await perform(contract.healthy.behaviour, AMPLE_MS);
      expect(outcome).toMatchObject({ type: 'succeeded', output: contract.healthy.output });
      expect(server.seen.length).toBe(1);
    });

    it('fails once, by name, where the service fails', async () => {
      const outcome = await failure({ status: 500, body: 'out of order' });
      expect(outcome).toMatchObject(named(contract.errors.failed));
    });

    it('fails once, by name, where the service has enough', async () => {
      const outcome = await failure({ status: 429, body: '', headers: { 'retry-after': '120' } });
      expect(outcome).toMatchObject(named(contract.errors.throttled));
    });

    it('ends a call that is never answered', async () => {
      expect(await failure({}, SHORT_MS)).toMatchObject(named(contract.errors.unreachable));
    });

    it('ends a call whose answer never ends', async () => {
      const outcome = await failure((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).write('{');
      }, SHORT_MS);
      expect(outcome).toMatchObject(named(contract.errors.unreachable));
    });

    it('fails where the connection is cut before or amid the answer', async () => {
      const before = await failure((_request, response) => {
        response.destroy();
      });
      expect(before).toMatchObject(named(contract.errors.unreachable));
      await failure((_request, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{', () => response.destroy());
      });
    });

    it('takes no more than a state can hold, and lets others work meanwhile', async () => {
      let turns = 0;
      let isOver = false;
      const turn = (): void => {
        turns += 1;
        if (!isOver) setImmediate(turn);
      };
      setImmediate(turn);
      const outcome = await failure((_request, response) => floodWith(response));
      isOver = true;
      expect(outcome).toMatchObject({ error: 'States.DataLimitExceeded' });
      // A client may have enough after a few pieces.
      expect(turns).toBeGreaterThan(2);
    });

    it('lets go as soon as nobody wants the answer', async () => {
      const controller = new AbortController();
      const arrival = server.arrival();
      const performing = perform({}, AMPLE_MS, controller.signal);
      await arrival;
      controller.abort();
      expect((await performing).type).toBe('failed');
    });

    it('asks nobody where it is not wanted from the start', async () => {
      const outcome = await perform(contract.healthy.behaviour, AMPLE_MS, AbortSignal.abort());
      expect(outcome.type).toBe('failed');
      expect(server.seen.length).toBe(0);
    });
  });
}
