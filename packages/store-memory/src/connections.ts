import type { ConnectionRecord, ConnectionStore } from '@everstep/engine';
import { connectionNameArn } from '@everstep/protocol';
import { compareText } from './sorted-list.ts';
import type { MemoryState } from './state.ts';

export function connectionVerbs({ connections }: MemoryState): ConnectionStore {
  const sorted = (): ConnectionRecord[] =>
    [...connections.values()].toSorted((left, right) => compareText(left.nameArn, right.nameArn));
  return {
    async createConnection(connection, most) {
      if (connections.has(connection.nameArn)) return 'exists';
      const scope = connection.nameArn.slice(0, -connection.name.length);
      if (sorted().filter(({ nameArn }) => nameArn.startsWith(scope)).length >= most) return 'full';
      connections.set(connection.nameArn, connection);
      return 'created';
    },
    async findConnection(nameArn) {
      return connections.get(nameArn) ?? null;
    },
    async listConnections({ namePrefix = '', state, afterName, limit, ...scope }) {
      return sorted()
        .filter(({ nameArn, name }) => nameArn === connectionNameArn(scope, name) && name.startsWith(namePrefix))
        .filter((connection) => state === undefined || connection.state === state)
        .filter(({ name }) => afterName === undefined || compareText(name, afterName) > 0)
        .slice(0, limit);
    },
    async listAllConnections({ afterNameArn, limit }) {
      return sorted()
        .filter(({ nameArn }) => afterNameArn === undefined || compareText(nameArn, afterNameArn) > 0)
        .slice(0, limit);
    },
    async replaceConnection(connection, revision) {
      const present = connections.get(connection.nameArn);
      if (present?.connectionArn !== connection.connectionArn || present.revision !== revision) return false;
      connections.set(connection.nameArn, connection);
      return true;
    },
    async deleteConnection(nameArn) {
      const deleted = connections.get(nameArn) ?? null;
      connections.delete(nameArn);
      return deleted;
    },
  };
}
