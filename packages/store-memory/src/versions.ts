import { INITIAL_REVISION, type PublishOutcome, type PublishRequest, type VersionStore } from '@everstep/engine';
import { compareText } from './sorted-list.ts';
import type { MachinePublications, MemoryState } from './state.ts';

export function versionVerbs(state: MemoryState): VersionStore {
  return {
    async publishVersion(request) {
      return publishVersion(state, request);
    },
    async findVersion(stateMachineArn, version) {
      return state.publications.get(stateMachineArn)?.versions.get(version) ?? null;
    },
    async listVersions({ stateMachineArn, beforeVersion = Infinity, limit }) {
      return [...(state.publications.get(stateMachineArn)?.versions.values() ?? [])]
        .filter(({ version }) => version < beforeVersion)
        .toSorted((left, right) => right.version - left.version)
        .slice(0, limit);
    },
    async deleteVersion(stateMachineArn, version) {
      const { aliases, versions } = publicationsOf(state, stateMachineArn);
      const using = [...aliases.values()].filter(({ routes }) => routes.some((route) => route.version === version));
      if (using.length > 0) return { kind: 'in-use', aliases: using.map(({ name }) => name).toSorted(compareText) };
      versions.delete(version);
      return { kind: 'deleted' };
    },
  };
}

export function publishVersion(state: MemoryState, request: PublishRequest): PublishOutcome {
  const { stateMachineArn, revisionId, description, createdAt, limit } = request;
  const machine = state.machines.get(stateMachineArn);
  if (machine === undefined) return { kind: 'no-machine' };
  if (machine.status === 'DELETING') return { kind: 'deleting' };
  const current = machine.revision.revisionId;
  const known = machine.revisionNumber === 1 ? INITIAL_REVISION : current;
  if (revisionId !== undefined && revisionId !== known) return { kind: 'revision', current: known };
  const publications = publicationsOf(state, stateMachineArn);
  const existing = [...publications.versions.values()].find((version) => version.revisionId === current);
  if (existing !== undefined) return { kind: 'published', version: existing };
  if (publications.versions.size >= limit) return { kind: 'limit' };
  publications.lastVersion += 1;
  const version = { stateMachineArn, version: publications.lastVersion, revisionId: current, description, createdAt };
  publications.versions.set(version.version, version);
  return { kind: 'published', version };
}

export function publicationsOf(state: MemoryState, stateMachineArn: string): MachinePublications {
  const known = state.publications.get(stateMachineArn);
  if (known !== undefined) return known;
  const made = { lastVersion: 0, versions: new Map(), aliases: new Map() };
  if (state.machines.has(stateMachineArn)) state.publications.set(stateMachineArn, made);
  return made;
}
