import { testState } from '@everstep/engine';
import { operations } from '@everstep/protocol';
import { type ApiContext, route } from '../api-context.ts';

const NOTHING: NonNullable<ApiContext['testing']> = {
  registry: { find: () => null, close: async () => undefined },
  models: { answerOf: async () => null },
};

export const testStateRoute = route(operations.testState, async (context, input) => {
  const { engine, testing = NOTHING, signal, holdConnection } = context;
  holdConnection();
  return testState(engine, { ...testing, signal: signal() }, input);
});
