import type { EngineSettings } from '@everstep/engine';

/** How a process of the system under test is set up; handed over as JSON in its environment. */
export interface RoleSettings {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Of the keys in Redis, so that systems side by side do not hear each other's hints. */
  readonly prefix: string;
  readonly engine: Partial<EngineSettings>;
  /** Where present, the API takes signed requests only, of keys whose secrets are sealed under this one. */
  readonly masterKey?: string;
}

export const SETTINGS_VARIABLE = 'EVERSTEP_BENCH_ROLE';

/** What a process has used and written since its start. */
export interface Usage {
  readonly cpuMicros: number;
  readonly heapUsed: number;
  readonly rss: number;
  /** Calls to `commit` of the store, and what they held. */
  readonly batches: number;
  readonly commits: number;
  readonly events: number;
  /** Characters of checkpoints, frames and events, and of the inputs and first checkpoints of new executions. */
  readonly rowBytes: number;
  /** Of these, characters of history events. */
  readonly historyBytes: number;
}

export const QUESTIONS = ['usage', 'collected-usage', 'stop'] as const;

/** `collected-usage` collects garbage first. */
export type Question = (typeof QUESTIONS)[number];

export interface Asked {
  readonly id: number;
  readonly question: Question;
}

export type RoleMessage =
  | { readonly kind: 'ready'; readonly url: string | null }
  | { readonly kind: 'answer'; readonly id: number; readonly usage: Usage }
  /** Executions whose end was committed, by name; `at`: when the commit had returned, by the wall clock. */
  | { readonly kind: 'ended'; readonly names: readonly string[]; readonly at: number }
  /** A callback task was performed. */
  | { readonly kind: 'token'; readonly name: string; readonly token: string; readonly at: number };

/** Messages between our own processes: whatever else comes is a bug and is told so. */
export function isRoleMessage(message: unknown): message is RoleMessage {
  return typeof message === 'object' && message !== null && 'kind' in message && typeof message.kind === 'string';
}

export function isAsked(message: unknown): message is Asked {
  return (
    typeof message === 'object' &&
    message !== null &&
    'id' in message &&
    'question' in message &&
    QUESTIONS.some((question) => question === message.question)
  );
}
