import { ApiError, QUOTAS, type RoutingConfigurationListItem, machineTarget } from '@everstep/protocol';
import type { EnginePorts } from '../context.ts';
import type { AliasRecord, AliasRefusal, AliasRoute } from '../ports/alias-store.ts';
import { isBeingDeleted } from './find-state-machine.ts';

export interface CreateAliasRequest {
  readonly name: string;
  readonly description?: string;
  readonly routingConfiguration: readonly RoutingConfigurationListItem[];
}

/**
 * Idempotent: the same description and routes under the same name answer the alias that is there.
 * Errors: ResourceNotFound, StateMachineDeleting, ConflictException, ServiceQuotaExceededException.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachineAlias.html
 */
export async function createStateMachineAlias(context: EnginePorts, request: CreateAliasRequest): Promise<AliasRecord> {
  const [first] = request.routingConfiguration;
  const { stateMachineArn } = machineTarget(first?.stateMachineVersionArn ?? '');
  const createdAt = context.clock.now();
  const alias: AliasRecord = {
    stateMachineArn,
    name: request.name,
    description: request.description ?? null,
    routes: routesOf(request.routingConfiguration),
    createdAt,
    updatedAt: createdAt,
  };
  const outcome = await context.store.createAlias(alias, QUOTAS.aliases);
  if (outcome.kind === 'created') return outcome.alias;
  if (outcome.kind === 'existing') {
    const { description, routes } = outcome.alias;
    if (description === alias.description && JSON.stringify(routes) === JSON.stringify(alias.routes))
      return outcome.alias;
    const message =
      'Failed to create alias because an alias with the same name and a different routing configuration already exists.';
    throw new ApiError('ConflictException', message);
  }
  if (outcome.kind !== 'limit') throw aliasRefusal(outcome, stateMachineArn);
  const message = `A state machine has at most ${QUOTAS.aliases} aliases; delete unused ones first: '${stateMachineArn}'`;
  throw new ApiError('ServiceQuotaExceededException', message);
}

export interface UpdateAliasRequest {
  readonly stateMachineAliasArn: string;
  readonly description?: string;
  readonly routingConfiguration?: readonly RoutingConfigurationListItem[];
}

/**
 * Starts that come after the answer use the new routes. Errors: ResourceNotFound, StateMachineDeleting,
 * ValidationException (versions of another machine).
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachineAlias.html
 */
export async function updateStateMachineAlias(context: EnginePorts, request: UpdateAliasRequest): Promise<AliasRecord> {
  const { stateMachineAliasArn, description, routingConfiguration } = request;
  const { stateMachineArn, alias } = machineTarget(stateMachineAliasArn);
  if (routingConfiguration !== undefined) requireSameMachine(stateMachineArn, routingConfiguration);
  const outcome = await context.store.updateAlias(stateMachineArn, alias ?? '', {
    ...(description === undefined ? {} : { description }),
    ...(routingConfiguration === undefined ? {} : { routes: routesOf(routingConfiguration) }),
    updatedAt: context.clock.now(),
  });
  if (outcome.kind === 'updated') return outcome.alias;
  throw outcome.kind === 'no-alias' ? noSuchAlias(stateMachineAliasArn) : aliasRefusal(outcome, stateMachineArn);
}

/**
 * Deleting one that does not exist succeeds, as it does in AWS.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachineAlias.html
 */
export async function deleteStateMachineAlias(
  { store }: Pick<EnginePorts, 'store'>,
  request: { readonly stateMachineAliasArn: string },
): Promise<void> {
  const { stateMachineArn, alias } = machineTarget(request.stateMachineAliasArn);
  await store.deleteAlias(stateMachineArn, alias ?? '');
}

/** Errors: ResourceNotFound. */
export async function findStateMachineAlias(
  { store }: Pick<EnginePorts, 'store'>,
  stateMachineAliasArn: string,
): Promise<AliasRecord> {
  const { stateMachineArn, alias } = machineTarget(stateMachineAliasArn);
  const found = await store.findAlias(stateMachineArn, alias ?? '');
  if (found === null) throw noSuchAlias(stateMachineAliasArn);
  return found;
}

function routesOf(routing: readonly RoutingConfigurationListItem[]): AliasRoute[] {
  return routing.map(({ stateMachineVersionArn, weight }) => ({
    version: machineTarget(stateMachineVersionArn).version ?? 0,
    weight,
  }));
}

function requireSameMachine(stateMachineArn: string, routing: readonly RoutingConfigurationListItem[]): void {
  const arns = routing.map(({ stateMachineVersionArn }) => stateMachineVersionArn);
  if (arns.every((arn) => machineTarget(arn).stateMachineArn === stateMachineArn)) return;
  throw new ApiError(
    'ValidationException',
    `Routing configuration must contain versions of the alias's own state machine. Received: [${arns.join(', ')}]`,
    { reason: 'INVALID_ROUTING_CONFIGURATION' },
  );
}

function aliasRefusal(refusal: AliasRefusal, stateMachineArn: string): ApiError {
  switch (refusal.kind) {
    case 'no-machine':
      return noSuchAlias(stateMachineArn);
    case 'deleting':
      return isBeingDeleted(stateMachineArn);
    case 'no-version':
      return noSuchAlias(`${stateMachineArn}:${refusal.version}`);
  }
}

function noSuchAlias(arn: string): ApiError {
  const message = 'Request references a resource that does not exist.';
  return new ApiError('ResourceNotFound', message, { resourceName: arn });
}
