import {
  ConnectionCredentials,
  Connections,
  DEFAULT_OUTGOING_RULES,
  type EngineContext,
  OutgoingPolicy,
  type OutgoingRules,
} from '@everstep/engine';
import { createOutgoing, type WebAccess } from '@everstep/integrations';
import { type Config, requiresSignatures } from './config.ts';
import { openMasterKeys } from './security/master-key-source.ts';

export interface OpenedWebAccess {
  readonly web: WebAccess;
  /** What the API keeps, and tasks use. */
  readonly connections: Connections;
}

/**
 * The way out for calls whose address somebody else chose, and the credentials that go with them. `dataDirectory`: in
 * embedded mode, where the master key lies unless the settings name another.
 */
export function openWebAccess(
  { store, clock, ids, logger }: EngineContext,
  config: Config,
  dataDirectory: string | null,
): OpenedWebAccess {
  const outgoing = createOutgoing({ policy: new OutgoingPolicy(outgoingRules(config, dataDirectory !== null)) });
  const masterKeys = openMasterKeys(config, dataDirectory);
  const connections = new Connections({ store, clock, ids, logger, masterKeys, outgoing });
  const credentials = new ConnectionCredentials({ store, connections, masterKeys, logger });
  return { web: { outgoing, credentials, gateway: config.apiGatewayUrl }, connections };
}

/**
 * The rules by the settings. `isEmbedded`: everything is in this one process; while it asks nobody who they are, whoever
 * reaches it may do anything anyway, and what is being tried out listens on loopback.
 */
export function outgoingRules(config: Config, isEmbedded: boolean): OutgoingRules {
  const { allow, deny, plainHttp } = DEFAULT_OUTGOING_RULES;
  const isOpen = isEmbedded && !requiresSignatures(config);
  return {
    allow: config.outgoingAllow ?? (isOpen ? [...allow, 'loopback'] : allow),
    deny: config.outgoingDeny ?? deny,
    plainHttp: config.outgoingPlainHttp ?? plainHttp,
  };
}
