import type { ArnScope, operations } from '@everstep/protocol';

/** The credentials of a service that HTTP Tasks call, as EventBridge's API has them. */
export interface ConnectionRecord {
  /** With the id that tells it from an earlier connection of its name. */
  readonly connectionArn: string;
  /** The ARN without the id: a name is there once in an account and region. */
  readonly nameArn: string;
  readonly name: string;
  /** Grows with every change. */
  readonly revision: number;
  readonly description: string | null;
  readonly authorizationType: operations.ConnectionAuthorizationType;
  readonly state: operations.ConnectionState;
  readonly stateReason: string | null;
  /** JSON text of the AuthParameters without secrets. */
  readonly shownParameters: string;
  /** JSON text of all AuthParameters, sealed under a master key; empty where the connection was deauthorized. */
  readonly sealedParameters: string;
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly authorizedAt: number | null;
}

export interface ConnectionPage extends ArnScope {
  readonly namePrefix?: string;
  readonly state?: operations.ConnectionState;
  readonly afterName?: string;
  readonly limit: number;
}

export interface ConnectionStore {
  /** `full`: the account has `most` already in the region. */
  createConnection(connection: ConnectionRecord, most: number): Promise<'created' | 'exists' | 'full'>;
  findConnection(nameArn: string): Promise<ConnectionRecord | null>;
  /** Those of one account in one region, by name, ascending by code point. */
  listConnections(page: ConnectionPage): Promise<ConnectionRecord[]>;
  /** All there are, by ARN, ascending by code point: for keeping their secrets under another key. */
  listAllConnections(page: { afterNameArn?: string; limit: number }): Promise<ConnectionRecord[]>;
  /** Puts the record in the place of the one with its ARN. False where that is not at `revision` any more, or gone. */
  replaceConnection(connection: ConnectionRecord, revision: number): Promise<boolean>;
  /** The connection that was there. */
  deleteConnection(nameArn: string): Promise<ConnectionRecord | null>;
}
