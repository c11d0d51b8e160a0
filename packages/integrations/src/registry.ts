import {
  type ConnectionCredentials,
  type EngineContext,
  type FunctionInvoker,
  type Integration,
  type IntegrationRegistry,
  type ItemStorage,
  type Outgoing,
  SyncExecutions,
} from '@everstep/engine';
import type { TaskResource } from '@everstep/language';
import { createApiGatewayIntegration } from './apigateway/invoke.ts';
import { createApprovalIntegration } from './approval/ask.ts';
import { AWS_SDK, createAwsSdkIntegration } from './aws-sdk/aws-sdk.ts';
import { SdkCaller } from './aws-sdk/sdk-caller.ts';
import { endpointOf } from './aws-sdk/sdk-clients.ts';
import type { RoleCredentials, SdkRoles } from './aws-sdk/sdk-roles.ts';
import type { StepFunctionsApi } from './aws-sdk/step-functions-api.ts';
import { assumingFirst, withRole } from './aws-sdk/with-role.ts';
import { createItemIntegration } from './dynamodb/items.ts';
import { createPutEventsIntegration } from './events/put-events.ts';
import { createHttpInvokeIntegration } from './http/invoke.ts';
import { createItemStorage } from './item-storage/item-storage.ts';
import { createJobServiceIntegration } from './jobs/job-services.ts';
import { createFunctionArnIntegration } from './lambda/function-arn.ts';
import { createLambdaInvokeIntegration } from './lambda/invoke.ts';
import { createRemoteFunctions } from './lambda/remote-functions.ts';
import { createPublishIntegration } from './sns/publish.ts';
import { createSendMessageIntegration } from './sqs/send-message.ts';
import { createStartExecutionIntegration } from './states/start-execution.ts';
import { createStartSyncExecutionIntegration } from './states/start-sync-execution.ts';
import { createOwnServices } from './targets/own-services.ts';
import { NO_TARGETS, type Targets } from './targets/target.ts';

export interface RegistryOptions {
  readonly context: EngineContext;
  readonly functions: FunctionInvoker;
  /** What `aws-sdk:sfn:…` calls; absent: Step Functions is like any other service, behind an endpoint. */
  readonly stepFunctions?: StepFunctionsApi;
  /** Folder whose folders are the buckets of S3; absent: S3 is like any other service, behind an endpoint. */
  readonly bucketsDirectory?: string;
  /** The way out for calls whose address a state names, and the connections they use; absent: no such call is offered. */
  readonly web?: WebAccess;
  /** Where the AWS SDK's variables are read (this process's). */
  readonly environment?: NodeJS.ProcessEnv;
  /** The installation's own services that states may name; none where absent. */
  readonly targets?: Targets;
  /** Integrations of one's own, by `service:operation`; they come before the built-in ones. */
  readonly integrations?: Readonly<Record<string, Integration>>;
}

export interface WebAccess {
  readonly outgoing: Outgoing;
  readonly credentials: ConnectionCredentials;
  /** Where APIs of API Gateway are, with `{api}` and `{region}` for what their names say; null: at AWS. */
  readonly gateway: string | null;
}

export interface Integrations extends IntegrationRegistry {
  /** Synchronous Express executions, whose tasks these integrations perform. */
  readonly syncExecutions: SyncExecutions;
  /** Where the items of Distributed Maps come from, and their results go. */
  readonly itemStorage: ItemStorage;
}

/** One line an integration. Activities need none: their tasks live in the store. */
export function createIntegrationRegistry(options: RegistryOptions): Integrations {
  const { context, functions } = options;
  const { stepFunctions, bucketsDirectory: root, environment = process.env } = options;
  const { region, accountId } = context.settings;
  const caller = new SdkCaller({
    ...{ region, environment },
    ...(stepFunctions === undefined ? {} : { stepFunctions }),
    ...(root === undefined ? {} : { bucketFolders: { root, accountId } }),
  });
  const forRole = (credentials: () => Promise<RoleCredentials>): FunctionInvoker => {
    const endpoint = endpointOf('LAMBDA', environment);
    return createRemoteFunctions({ region, credentials, ...(endpoint === null ? {} : { endpoint }) });
  };
  const functionArn = withRole(createFunctionArnIntegration(functions), caller.roles, (credentials) =>
    closing(createFunctionArnIntegration, forRole(credentials)),
  );
  const lambdaInvoke = withRole(createLambdaInvokeIntegration(functions), caller.roles, (credentials) =>
    closing(createLambdaInvokeIntegration, forRole(credentials)),
  );
  const startExecution = createStartExecutionIntegration(context);
  const startSync = createStartSyncExecutionIntegration((request) => syncExecutions.start(request));
  const awsSdk = createAwsSdkIntegration(caller);
  const integrations = new Map<string, Integration>([
    ['lambda:invoke', lambdaInvoke],
    ['sqs:sendMessage', createSendMessageIntegration(caller)],
    ['sns:publish', createPublishIntegration(caller)],
    ['dynamodb:getItem', createItemIntegration(caller, 'getItem')],
    ['dynamodb:putItem', createItemIntegration(caller, 'putItem')],
    ['dynamodb:updateItem', createItemIntegration(caller, 'updateItem')],
    ['dynamodb:deleteItem', createItemIntegration(caller, 'deleteItem')],
    ['events:putEvents', createPutEventsIntegration(caller)],
    ['states:startExecution', inside(startExecution, caller.roles)],
    ['aws-sdk:sfn:startSyncExecution', inside(startSync, caller.roles)],
    ...webIntegrations(options, caller),
    ['everstep:approval', createApprovalIntegration(context)],
    ...createOwnServices(options.targets ?? NO_TARGETS),
    ...Object.entries(options.integrations ?? {}),
  ]);
  const registry: IntegrationRegistry = {
    find(resource: TaskResource): Integration | null {
      if (resource.kind === 'lambda') return functionArn;
      if (resource.kind === 'activity') return null;
      const { service, operation } = resource;
      const own = integrations.get(`${service}:${operation}`);
      if (own !== undefined) return own;
      if (service.startsWith(AWS_SDK)) return awsSdk;
      return createJobServiceIntegration(caller, service, operation);
    },
    async close() {
      await Promise.all([functionArn, ...integrations.values()].map(async (integration) => integration.close?.()));
      await Promise.all([caller.close(), functions.close()]);
    },
  };
  context.jobStops.use(registry);
  const syncExecutions = new SyncExecutions(context, { registry });
  return { ...registry, syncExecutions, itemStorage: createItemStorage(caller) };
}

function webIntegrations({ web, context }: RegistryOptions, caller: SdkCaller): ReadonlyArray<[string, Integration]> {
  if (web === undefined) return [];
  const { outgoing, credentials, gateway } = web;
  const { region } = context.settings;
  const now = (): number => context.clock.now();
  const http = createHttpInvokeIntegration({ outgoing, credentials, region, now });
  return [
    ['http:invoke', inside(http, caller.roles)],
    ['apigateway:invoke', createApiGatewayIntegration({ outgoing, caller, region, gateway, now })],
  ];
}

/** With functions of its own, which end with it. */
function closing(create: (functions: FunctionInvoker) => Integration, functions: FunctionInvoker): Integration {
  return { ...create(functions), close: () => functions.close() };
}

/** What this installation does itself. */
function inside(own: Integration, roles: SdkRoles | null): Integration {
  return withRole(own, roles, (credentials) => assumingFirst(own, credentials));
}
