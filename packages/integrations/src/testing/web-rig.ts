import {
  type CallCredentials,
  ConnectionCredentials,
  Connections,
  MasterKeys,
  type Outgoing,
  silentLogger,
  DEFAULT_OUTGOING_RULES,
  OutgoingPolicy,
} from '@everstep/engine';
import { createMemoryStore } from '@everstep/store-memory';
import type { operations } from '@everstep/protocol';
import { createOutgoing } from '../outgoing/create-outgoing.ts';

export const SCOPE = { region: 'us-east-1', accountId: '123456789012' };
export const CONNECTION = 'arn:aws:events:us-east-1:123456789012:connection/c/1';

/** A way out to this machine's own servers, which it is closed to otherwise. */
export function outgoingToLoopback(): Outgoing {
  return createOutgoing({ policy: new OutgoingPolicy({ ...DEFAULT_OUTGOING_RULES, allow: ['loopback'] }) });
}

/** One connection that adds what it is told. */
export function fixedCredentials(added: Partial<CallCredentials> = {}): Pick<ConnectionCredentials, 'of'> {
  const credentials: CallCredentials = { headers: [], query: [], body: [], renew: async () => null, ...added };
  return { of: async () => credentials };
}

/** Real connections in a store in memory. `now`: milliseconds since the epoch. */
export function connectionRig(now: () => number = Date.now) {
  const store = createMemoryStore({ now });
  const first = MasterKeys.generate();
  const keys = new MasterKeys([first]);
  const masterKeys = { current: () => keys, reload: () => keys };
  const logger = silentLogger;
  let ids = 0;
  const connections = new Connections({
    ...{ store, logger, masterKeys, outgoing: outgoingToLoopback() },
    clock: { now },
    ids: { uuid: () => `id-${++ids}` },
  });
  const credentials = new ConnectionCredentials({ store, connections, masterKeys, logger });
  return {
    store,
    connections,
    credentials,
    keys,
    /** The same, with a new one in front. */
    rotated: () => new MasterKeys([MasterKeys.generate(), first]),
    create: async (
      AuthorizationType: operations.ConnectionAuthorizationType,
      AuthParameters: operations.ConnectionAuthParameters,
      Name = 'c',
    ) => (await connections.create(SCOPE, { Name, AuthorizationType, AuthParameters })).connectionArn,
  };
}
