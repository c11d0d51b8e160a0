import type { ConnectionRecord, Connections } from '@everstep/engine';
import { ApiError, epochSeconds, type operations } from '@everstep/protocol';
import type { ApiContext } from '../api-context.ts';

/** Errors: ValidationException, where the server keeps none. */
export function connectionsOf({ connections }: ApiContext): Connections {
  if (connections !== undefined) return connections;
  throw new ApiError('ValidationException', 'Connections are not offered here.');
}

export function connectionSummary(connection: ConnectionRecord): operations.ConnectionSummary {
  const { connectionArn, state, createdAt, modifiedAt, authorizedAt } = connection;
  return {
    ConnectionArn: connectionArn,
    ConnectionState: state,
    CreationTime: epochSeconds(createdAt),
    LastModifiedTime: epochSeconds(modifiedAt),
    ...(authorizedAt === null ? {} : { LastAuthorizedTime: epochSeconds(authorizedAt) }),
  };
}

export function connectionItem(connection: ConnectionRecord): operations.ConnectionListItem {
  const { name, authorizationType, stateReason } = connection;
  return {
    ...connectionSummary(connection),
    Name: name,
    AuthorizationType: authorizationType,
    ...(stateReason === null ? {} : { StateReason: stateReason }),
  };
}
