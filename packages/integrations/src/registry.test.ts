import { DEFAULT_SETTINGS, createEngineContext, silentLogger } from '@everstep/engine';
import type { TaskPattern } from '@everstep/language';
import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { VirtualClock, contractRequest } from '@everstep/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Integrations, createIntegrationRegistry } from './registry.ts';

const functions = { invoke: () => Promise.reject(new Error('no functions here')), close: async () => undefined };
const tea = { perform: async () => ({ type: 'succeeded' as const, output: 'tea' }) };

let registry: Integrations;
beforeEach(() => {
  const clock = new VirtualClock();
  const context = createEngineContext({
    store: createMemoryStore({ now: () => clock.now() }),
    hints: createLocalQueue({ logger: silentLogger }),
    clock,
    logger: silentLogger,
    settings: DEFAULT_SETTINGS,
  });
  registry = createIntegrationRegistry({
    context,
    functions,
    environment: {},
    integrations: { 'everstep:tea': tea, 'sqs:sendMessage': tea },
  });
});
afterEach(() => registry.close());

const found = (resource: string, pattern: TaskPattern = 'requestResponse') =>
  registry.find(contractRequest(resource, {}, { pattern }).resource);

describe('the registry', () => {
  it('knows the services that AWS optimised, and every other by aws-sdk', () => {
    for (const resource of ['sns:publish', 'dynamodb:getItem', 'events:putEvents', 'ecs:runTask', 'glue:startJobRun']) {
      expect(found(resource), resource).not.toBeNull();
    }
    expect(found('aws-sdk:anything:atAll')).not.toBeNull();
    expect(found('everstep:nothing')).toBeNull();
  });

  it('waits for the jobs that AWS waits for, and for executions', () => {
    for (const resource of ['ecs:runTask', 'elasticmapreduce:addStep', 'sagemaker:createTrainingJob']) {
      expect(found(resource, 'sync'), resource).toHaveProperty('poll');
    }
    expect(found('states:startExecution', 'sync')).not.toBeNull();
    expect(found('elasticmapreduce:modifyInstanceGroupByName')).toBeNull();
  });

  it('takes integrations of one’s own, before those of the same name', () => {
    expect(found('everstep:tea')).toBe(tea);
    expect(found('sqs:sendMessage')).toBe(tea);
  });
});
