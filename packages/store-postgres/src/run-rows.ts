import type { ClaimedRun, InboxRow, TokenDeadline } from '@everstep/engine';
import { type ExecutionRow, executionRecord } from './execution-row.ts';

/** A run and its execution, as a claim or a force returns them. */
export interface RunRow extends ExecutionRow {
  readonly epoch: number;
  readonly consumed: number;
  readonly checkpoint: string;
  readonly format: number;
  readonly crashes: number;
}

export const RUN_COLUMNS = 'r.epoch, r.consumed, r.checkpoint, r.format, r.crashes';

/** A row of another table that belongs to a run: a frame, an inbox row or a token, told apart by `kind`. */
export interface PartRow {
  readonly execution_id: string;
  readonly kind: 'frame' | 'inbox' | 'token';
  /** Inbox number or task id. */
  readonly number: number | null;
  /** Frame id or token status. */
  readonly label: string | null;
  readonly data: string | null;
  readonly timeout_at: number | null;
  readonly heartbeat_at: number | null;
}

/** SQL: the inbox rows after `consumed` and the tokens of the runs in `source` (alias s), and more columns of it. */
export function inboxAndTokens(source: string, condition: string, more = ''): string {
  return `select s.execution_id, 'inbox' as kind, i.number, null as label, i.activation as data,
       null::bigint as timeout_at, null::bigint as heartbeat_at${more}
     from ${source} s join inbox i on i.execution_id = s.execution_id and i.number > s.consumed where ${condition}
     union all
     select s.execution_id, 'token', t.task_id, t.status, null, t.timeout_at, t.heartbeat_at${more}
     from ${source} s join task_tokens t on t.execution_id = s.execution_id where ${condition}`;
}

export interface RunParts {
  readonly frames: Array<{ id: string; data: string }>;
  readonly inbox: InboxRow[];
  readonly tokens: TokenDeadline[];
}

/** The parts by execution id; inbox rows and tokens ascending. */
export function gatherParts(rows: readonly PartRow[]): Map<string, RunParts> {
  const parts = new Map<string, RunParts>();
  for (const row of rows) {
    let part = parts.get(row.execution_id);
    if (part === undefined) parts.set(row.execution_id, (part = emptyParts()));
    if (row.kind === 'frame') part.frames.push({ id: row.label ?? '', data: row.data ?? '' });
    else if (row.kind === 'inbox') part.inbox.push({ number: row.number ?? 0, activation: row.data ?? '' });
    else part.tokens.push(tokenDeadline(row));
  }
  for (const part of parts.values()) {
    part.inbox.sort((a, b) => a.number - b.number);
    part.tokens.sort((a, b) => a.taskId - b.taskId);
  }
  return parts;
}

export function emptyParts(): RunParts {
  return { frames: [], inbox: [], tokens: [] };
}

function tokenDeadline(row: PartRow): TokenDeadline {
  return {
    taskId: row.number ?? 0,
    status: row.label === 'accepted' ? 'accepted' : 'open',
    timeoutAt: row.timeout_at,
    heartbeatAt: row.heartbeat_at,
  };
}

export function claimedRun(row: RunRow, parts: RunParts): ClaimedRun {
  return {
    execution: executionRecord(row),
    epoch: row.epoch,
    consumed: row.consumed,
    checkpoint: row.checkpoint,
    format: row.format,
    crashes: row.crashes,
    express: false,
    mapRun: false,
    ...parts,
  };
}
