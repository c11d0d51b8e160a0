import type { Connections, EngineContext, LocalFunctions, SyncExecutions, TestStatePorts } from '@everstep/engine';
import type { AccessLevel, Operation, PageTokens } from '@everstep/protocol';
import { admit } from './admission.ts';
import type { Caller } from './caller.ts';

/** What a handler gets beside its input. */
export interface ApiContext {
  /** Whose settings name the caller's account. */
  readonly engine: EngineContext;
  /** Who signed the request; null where nobody is asked. */
  readonly caller: Caller | null;
  readonly syncExecutions: SyncExecutions;
  readonly pageTokens: PageTokens;
  /** Aborted when nobody waits for the answer any more, or the server is closing: for waiting, never for writes. */
  readonly signal: () => AbortSignal;
  /** For what may take minutes: the connection may be silent until the answer is there. */
  readonly holdConnection: () => void;
  /** The X-Amzn-Trace-Id header. */
  readonly traceHeader: string | undefined;
  /** What TestState works with; undefined: it calls nothing, and mocks are held against no model. */
  readonly testing: Omit<TestStatePorts, 'signal'> | undefined;
  /** undefined: none are kept here. */
  readonly connections: Connections | undefined;
  /** The functions that lie in the caller's account; null: there are none. */
  readonly functions: LocalFunctions | null;
  /** How long GetActivityTask waits for a task, in milliseconds. */
  readonly activityPollMs: number;
}

export type Handler<Input, Output> = (context: ApiContext, input: Input) => Promise<Output>;

/** What is logged about a request; handlers' inputs and answers never are. */
export interface RequestFacts {
  operation?: string;
  /** The code of the error that was answered. */
  errorCode?: string;
  executionArn?: string;
  /** Who signed it: the access key's id. */
  accessKeyId?: string;
  /** What it asked for, once that is known. For the audit trail, not for the log. */
  access?: { readonly level: AccessLevel; readonly action: string; readonly resource: string };
  /** A poll that was answered without a task. */
  isIdlePoll?: boolean;
}

/** One operation as the server runs it: decode, handle, encode. */
export interface Route {
  readonly operation: string;
  /** From the parsed body to the answer's JSON text. */
  answer(context: ApiContext, body: unknown, facts: RequestFacts): Promise<string>;
}

export function route<Input extends object, Output extends object>(
  operation: Operation<Input, Output>,
  handler: Handler<Input, Output>,
): Route {
  return {
    operation: operation.name,
    async answer(context, body, facts) {
      const input = operation.decode(body);
      noteExecution(facts, input);
      const answered = await admit(context, operation.name, input, facts);
      if (answered !== null) return answered;
      const output = await handler(context, input);
      noteExecution(facts, output);
      if ('taskToken' in output && output.taskToken === null) facts.isIdlePoll = true;
      return operation.encode(output);
    },
  };
}

function noteExecution(facts: RequestFacts, value: object): void {
  if ('executionArn' in value && typeof value.executionArn === 'string') facts.executionArn = value.executionArn;
}
