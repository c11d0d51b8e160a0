import type { AccessKeyStore, AuditEntry, AuditQuery, AuditStore } from '@everstep/engine';
import { compareText } from './sorted-list.ts';
import type { MemoryState } from './state.ts';

export function accessKeyVerbs(state: MemoryState): AccessKeyStore {
  const keys = state.accessKeys;
  return {
    async createAccessKey(key) {
      if (keys.has(key.accessKeyId)) return false;
      keys.set(key.accessKeyId, { ...key, revokedAt: null, lastUsedAt: null });
      return true;
    },
    async findAccessKey(accessKeyId) {
      return keys.get(accessKeyId) ?? null;
    },
    async listAccessKeys({ afterId, limit }) {
      return [...keys.values()]
        .filter((key) => afterId === undefined || compareText(key.accessKeyId, afterId) > 0)
        .toSorted((left, right) => compareText(left.accessKeyId, right.accessKeyId))
        .slice(0, limit);
    },
    async revokeAccessKey(accessKeyId, revokedAt) {
      const key = keys.get(accessKeyId);
      if (key === undefined || key.revokedAt !== null) return false;
      keys.set(accessKeyId, { ...key, revokedAt, sealedSecret: '' });
      return true;
    },
    async resealAccessKey(accessKeyId, from, to) {
      const key = keys.get(accessKeyId);
      if (key === undefined || key.sealedSecret !== from) return false;
      keys.set(accessKeyId, { ...key, sealedSecret: to });
      return true;
    },
    async noteAccessKeyUse(uses) {
      for (const { accessKeyId, usedAt } of uses) {
        const key = keys.get(accessKeyId);
        if (key !== undefined && (key.lastUsedAt ?? 0) < usedAt) keys.set(accessKeyId, { ...key, lastUsedAt: usedAt });
      }
    },
  };
}

export function auditVerbs(state: MemoryState): AuditStore {
  return {
    async recordAudit(entries) {
      for (const entry of entries) state.audit.set(entry.entryId, entry);
    },
    async listAudit(query) {
      return [...state.audit.values()]
        .filter((entry) => answers(entry, query))
        .toSorted((left, right) => compareText(right.entryId, left.entryId))
        .slice(0, query.limit);
    },
    async deleteAuditBefore(at, limit) {
      const old = [...state.audit.values()].filter((entry) => entry.at < at).slice(0, limit);
      for (const { entryId } of old) state.audit.delete(entryId);
      return old.length;
    },
  };
}

function answers(entry: AuditEntry, query: AuditQuery): boolean {
  const { accountId, accessKeyId, action, resource, since, beforeId } = query;
  return (
    (accountId === undefined || entry.accountId === accountId) &&
    (accessKeyId === undefined || entry.accessKeyId === accessKeyId) &&
    (action === undefined || entry.action === action) &&
    (resource === undefined || entry.resource === resource) &&
    (since === undefined || entry.at >= since) &&
    (beforeId === undefined || compareText(entry.entryId, beforeId) < 0)
  );
}
