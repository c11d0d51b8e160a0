import {
  allConnections,
  type ConnectionRecord,
  type ConnectionStore,
  type MasterKeySource,
  openParameters,
  SealedSecretError,
} from '@everstep/engine';
import { counted } from '../terminal/styles.ts';
import type { CheckFinding } from './finding.ts';

/** So many names a finding tells. */
const NAMED = 5;

/** Whether tasks can use the connections that there are; nothing where there are none. */
export async function connectionFindings(
  store: ConnectionStore,
  masterKeys: MasterKeySource | null,
): Promise<CheckFinding[]> {
  const check = 'connections';
  let count = 0;
  const sealed: ConnectionRecord[] = [];
  const closed: ConnectionRecord[] = [];
  for await (const connection of allConnections(store)) {
    count++;
    if (connection.state === 'DEAUTHORIZED') closed.push(connection);
    else if (!isOpen(connection, masterKeys)) sealed.push(connection);
  }
  const findings: CheckFinding[] = [];
  if (sealed.length > 0) {
    const text = `the master key at hand does not open the secrets of ${named(sealed)}`;
    const remedy =
      'Every api and worker needs the EVERSTEP_MASTER_KEY that they were made with; where it is lost, ' +
      'everstep connections update NAME gives them new secrets.';
    findings.push({ check, status: 'bad', text, remedy });
  }
  if (closed.length > 0) {
    const text = `${named(closed)}: DEAUTHORIZED, so that no task can use it`;
    const remedy = 'everstep connections describe NAME tells why; everstep connections update NAME gives new secrets.';
    findings.push({ check, status: 'note', text, remedy });
  }
  if (findings.length > 0 || count === 0) return findings;
  return [{ check, status: 'ok', text: `${counted(count, 'connection')}, and the master key opens all of them` }];
}

function isOpen(connection: ConnectionRecord, masterKeys: MasterKeySource | null): boolean {
  if (masterKeys === null) return false;
  try {
    openParameters(masterKeys, connection);
    return true;
  } catch (error) {
    if (!(error instanceof SealedSecretError)) throw error;
    return false;
  }
}

function named(connections: readonly ConnectionRecord[]): string {
  const names = connections.slice(0, NAMED).map(({ name }) => name);
  const more = connections.length - names.length;
  return more === 0 ? names.join(', ') : `${names.join(', ')} and ${more} more`;
}
