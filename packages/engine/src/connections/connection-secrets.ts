import { type operations, QUOTAS } from '@everstep/protocol';
import { type MasterKeys, type MasterKeySource, SealedSecretError } from '../access/master-keys.ts';
import type { ConnectionRecord, ConnectionStore } from '../ports/connection-store.ts';

type AuthParameters = operations.ConnectionAuthParameters;

/** Parameters that are more than a connection may keep. */
export class ParametersTooLargeError extends Error {
  constructor() {
    super(`the parameters of a connection may have ${QUOTAS.connectionSecretBytes} bytes`);
    this.name = 'ParametersTooLargeError';
  }
}

/** For one connection only: what is put in another's place does not open. Throws ParametersTooLargeError. */
export function sealParameters(keys: MasterKeys, connectionArn: string, parameters: AuthParameters): string {
  const text = JSON.stringify(parameters);
  if (Buffer.byteLength(text) > QUOTAS.connectionSecretBytes) throw new ParametersTooLargeError();
  return keys.seal(text, connectionArn);
}

/** Throws SealedSecretError. */
export function openParameters(
  source: MasterKeySource,
  { connectionArn, sealedParameters }: Pick<ConnectionRecord, 'connectionArn' | 'sealedParameters'>,
): AuthParameters {
  if (sealedParameters === '') return {};
  let text: string;
  try {
    text = source.current().open(sealedParameters, connectionArn);
  } catch (error) {
    if (!(error instanceof SealedSecretError)) throw error;
    // The master key may have been replaced since this process started.
    text = source.reload().open(sealedParameters, connectionArn);
  }
  const parameters: AuthParameters = JSON.parse(text);
  return parameters;
}

const PAGE = 500;

/** All connections of all accounts, read page by page. */
export async function* allConnections(store: ConnectionStore): AsyncGenerator<ConnectionRecord> {
  let page = await store.listAllConnections({ limit: PAGE });
  for (;;) {
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    page = await store.listAllConnections({ afterNameArn: last.nameArn, limit: PAGE });
  }
}

/** Seals every connection under the first master key. Any number may run at once, and again. Answers how many changed. */
export async function resealConnections(store: ConnectionStore, keys: MasterKeys): Promise<number> {
  let resealed = 0;
  for await (const connection of allConnections(store)) if (await reseal(store, keys, connection)) resealed++;
  return resealed;
}

async function reseal(store: ConnectionStore, keys: MasterKeys, connection: ConnectionRecord): Promise<boolean> {
  let present: ConnectionRecord | null = connection;
  while (present !== null && present.sealedParameters !== '' && !keys.isCurrent(present.sealedParameters)) {
    const { connectionArn, sealedParameters, revision } = present;
    const sealed = keys.seal(keys.open(sealedParameters, connectionArn), connectionArn);
    const next = { ...present, sealedParameters: sealed, revision: revision + 1 };
    if (await store.replaceConnection(next, revision)) return true;
    // It was changed meanwhile, by a process that may not have the new key yet.
    present = await store.findConnection(present.nameArn);
  }
  return false;
}
