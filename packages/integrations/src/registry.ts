import type { EngineContext, FunctionInvoker, Integration, IntegrationRegistry } from '@everstep/engine';
import type { TaskResource } from '@everstep/language';
import { createFunctionArnIntegration } from './lambda/function-arn.ts';
import { createLambdaInvokeIntegration } from './lambda/invoke.ts';
import { createStartExecutionIntegration } from './states/start-execution.ts';

export interface RegistryOptions {
  readonly context: EngineContext;
  readonly functions: FunctionInvoker;
  /** Integrations of one's own, by `service:operation`; they come before the built-in ones. */
  readonly integrations?: Readonly<Record<string, Integration>>;
}

/** One line an integration. Activities need none: their tasks live in the store. */
export function createIntegrationRegistry(options: RegistryOptions): IntegrationRegistry {
  const { context, functions } = options;
  const functionArn = createFunctionArnIntegration(functions);
  const integrations = new Map<string, Integration>([
    ['lambda:invoke', createLambdaInvokeIntegration(functions)],
    ['states:startExecution', createStartExecutionIntegration(context)],
    ...Object.entries(options.integrations ?? {}),
  ]);
  return {
    find(resource: TaskResource): Integration | null {
      if (resource.kind === 'lambda') return functionArn;
      if (resource.kind === 'activity') return null;
      return integrations.get(`${resource.service}:${resource.operation}`) ?? null;
    },
    async close() {
      await Promise.all([...integrations.values()].map(async (integration) => integration.close?.()));
      await functions.close();
    },
  };
}
