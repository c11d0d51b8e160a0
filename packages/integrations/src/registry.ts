import {
  type EngineContext,
  type FunctionInvoker,
  type Integration,
  type IntegrationRegistry,
  SyncExecutions,
} from '@everstep/engine';
import type { TaskResource } from '@everstep/language';
import { createFunctionArnIntegration } from './lambda/function-arn.ts';
import { createLambdaInvokeIntegration } from './lambda/invoke.ts';
import { createStartExecutionIntegration } from './states/start-execution.ts';
import { createStartSyncExecutionIntegration } from './states/start-sync-execution.ts';

export interface RegistryOptions {
  readonly context: EngineContext;
  readonly functions: FunctionInvoker;
  /** Integrations of one's own, by `service:operation`; they come before the built-in ones. */
  readonly integrations?: Readonly<Record<string, Integration>>;
}

export interface Integrations extends IntegrationRegistry {
  /** Synchronous Express executions, whose tasks these integrations perform. */
  readonly syncExecutions: SyncExecutions;
}

/** One line an integration. Activities need none: their tasks live in the store. */
export function createIntegrationRegistry(options: RegistryOptions): Integrations {
  const { context, functions } = options;
  const functionArn = createFunctionArnIntegration(functions);
  const integrations = new Map<string, Integration>([
    ['lambda:invoke', createLambdaInvokeIntegration(functions)],
    ['states:startExecution', createStartExecutionIntegration(context)],
    ['aws-sdk:sfn:startSyncExecution', createStartSyncExecutionIntegration((request) => syncExecutions.start(request))],
    ...Object.entries(options.integrations ?? {}),
  ]);
  const registry: IntegrationRegistry = {
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
  const syncExecutions = new SyncExecutions(context, { registry });
  return { ...registry, syncExecutions };
}
