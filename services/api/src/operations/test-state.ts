import { testState } from '@everstep/engine';
import { operations } from '@everstep/protocol';
import { type ApiContext, route } from '../api-context.ts';

const NOTHING: NonNullable<ApiContext['testing']> = {
  registry: { find: () => null, close: async () => undefined },
  models: { answerOf: async () => null },
};

export const testStateRoute = route(operations.testState, async ({ engine, testing = NOTHING, signal }, input) =>
  testState(engine, { ...testing, signal: signal() }, input),
);
