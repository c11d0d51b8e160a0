/** What every target has: an installation's own service by a name, with what it takes to reach it. */
export interface TargetBase {
  /** The accounts whose executions may use it; null: all. */
  readonly accounts: readonly string[] | null;
  /** How long a call may take, in milliseconds. */
  readonly timeoutMs: number;
}

export interface PostgresTarget extends TargetBase {
  readonly url: string;
  /** Statements run in transactions that change nothing. */
  readonly readOnly: boolean;
  readonly maxRows: number;
  readonly maxConnections: number;
}

export interface RedisTarget extends TargetBase {
  /** `redis:` or `rediss:` of one server; `redis+cluster:` or `rediss+cluster:` of some nodes of a cluster. */
  readonly url: string;
}

export interface BullmqTarget extends RedisTarget {
  readonly prefix: string | null;
}

export interface NatsTarget extends TargetBase {
  readonly servers: readonly string[];
  readonly user: string | null;
  readonly password: string | null;
  readonly token: string | null;
}

export interface RabbitmqTarget extends TargetBase {
  readonly url: string;
}

export interface SmtpTarget extends TargetBase {
  readonly url: string;
  /** Who sends, where a state does not say. */
  readonly from: string | null;
}

export interface CommandTarget extends TargetBase {
  /** An absolute path. */
  readonly executable: string;
  /** Fixed texts, and patterns that the state's arguments fill in their order, each matched as a whole. */
  readonly arguments: ReadonlyArray<string | RegExp>;
  /** All that the process sees, beside PATH and the keys of the attempt. */
  readonly environment: Readonly<Record<string, string>>;
  /** null: the folder for temporary files. */
  readonly workingDirectory: string | null;
  readonly maxOutputBytes: number;
  /** Whether what it writes is JSON. */
  readonly output: 'text' | 'json';
}

export interface Targets {
  readonly postgres: ReadonlyMap<string, PostgresTarget>;
  readonly bullmq: ReadonlyMap<string, BullmqTarget>;
  readonly redis: ReadonlyMap<string, RedisTarget>;
  readonly nats: ReadonlyMap<string, NatsTarget>;
  readonly rabbitmq: ReadonlyMap<string, RabbitmqTarget>;
  readonly smtp: ReadonlyMap<string, SmtpTarget>;
  readonly command: ReadonlyMap<string, CommandTarget>;
}

export const NO_TARGETS: Targets = {
  postgres: new Map(),
  bullmq: new Map(),
  redis: new Map(),
  nats: new Map(),
  rabbitmq: new Map(),
  smtp: new Map(),
  command: new Map(),
};
