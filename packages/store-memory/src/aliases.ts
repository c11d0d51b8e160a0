import type { AliasRefusal, AliasRoute, AliasStore } from '@everstep/engine';
import { compareText } from './sorted-list.ts';
import type { MemoryState } from './state.ts';
import { publicationsOf } from './versions.ts';

export function aliasVerbs(state: MemoryState): AliasStore {
  return {
    async createAlias(alias, limit) {
      const refused = refusal(state, alias.stateMachineArn, alias.routes);
      if (refused !== null && refused.kind !== 'no-version') return refused;
      const { aliases } = publicationsOf(state, alias.stateMachineArn);
      const existing = aliases.get(alias.name);
      if (existing !== undefined) return { kind: 'existing', alias: existing };
      if (refused !== null) return refused;
      if (aliases.size >= limit) return { kind: 'limit' };
      aliases.set(alias.name, alias);
      return { kind: 'created', alias };
    },
    async findAlias(stateMachineArn, name) {
      return state.publications.get(stateMachineArn)?.aliases.get(name) ?? null;
    },
    async updateAlias(stateMachineArn, name, change) {
      const existing = state.publications.get(stateMachineArn)?.aliases.get(name);
      if (existing === undefined) return { kind: 'no-alias' };
      const refused = refusal(state, stateMachineArn, change.routes ?? []);
      if (refused !== null) return refused;
      const alias = { ...existing, ...change };
      publicationsOf(state, stateMachineArn).aliases.set(name, alias);
      return { kind: 'updated', alias };
    },
    async deleteAlias(stateMachineArn, name) {
      state.publications.get(stateMachineArn)?.aliases.delete(name);
    },
    async listAliases({ stateMachineArn, version, afterName, limit }) {
      return [...(state.publications.get(stateMachineArn)?.aliases.values() ?? [])]
        .filter(({ routes }) => version === undefined || routes.some((route) => route.version === version))
        .filter(({ name }) => afterName === undefined || compareText(name, afterName) > 0)
        .toSorted((left, right) => compareText(left.name, right.name))
        .slice(0, limit);
    },
  };
}

function refusal(state: MemoryState, stateMachineArn: string, routes: readonly AliasRoute[]): AliasRefusal | null {
  const machine = state.machines.get(stateMachineArn);
  if (machine === undefined) return { kind: 'no-machine' };
  if (machine.status === 'DELETING') return { kind: 'deleting' };
  const { versions } = publicationsOf(state, stateMachineArn);
  const missing = routes.find(({ version }) => !versions.has(version));
  return missing === undefined ? null : { kind: 'no-version', version: missing.version };
}
