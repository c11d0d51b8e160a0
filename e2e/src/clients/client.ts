/** A real client of the API as the journey drives it: each of them builds, signs and reads its requests itself. */
export interface Client {
  /** Calls an operation by its API name. Throws {@link ClientError} where the server refuses. */
  call(operation: string, input: Input): Promise<Output>;
  /** The items under `member` of all pages, through the client's own paginator. */
  pages(
    operation: string,
    input: Input,
    options: { readonly member: string; readonly size: number },
  ): Promise<Output[]>;
  close(): Promise<void>;
}

export type Input = Readonly<Record<string, unknown>>;
/** An answer as JSON. */
export type Output = Readonly<Record<string, unknown>>;

/** Where the server is, and with which key requests are signed. */
export interface Access {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What the server refused, as the client understood it. */
export class ClientError extends Error {
  /** The error's code: `StateMachineDoesNotExist`. */
  readonly code: string;
  /** Whether the client knows it as a type of its own. */
  readonly typed: boolean;

  constructor(code: string, message: string, typed: boolean) {
    super(message);
    this.name = 'ClientError';
    this.code = code;
    this.typed = typed;
  }
}

/** The environment of a client that is a process: nothing of the machine's own configuration. */
export function clientEnvironment(access: Access, dataPath: string | null): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: '/nonexistent',
    AWS_ACCESS_KEY_ID: access.accessKeyId,
    AWS_SECRET_ACCESS_KEY: access.secretAccessKey,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
    ...(dataPath === null ? {} : { AWS_DATA_PATH: dataPath }),
  };
}

export function readOutput(value: unknown): Output {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`the client answered ${JSON.stringify(value)}`);
  }
  return Object.fromEntries(Object.entries(value));
}

/** The member of an answer as text. */
export function textOf(output: Output, member: string): string {
  const value = output[member];
  if (typeof value !== 'string') throw new Error(`${member} is ${JSON.stringify(value)} in ${JSON.stringify(output)}`);
  return value;
}

export function listOf(output: Output, member: string): Output[] {
  const value = output[member];
  if (!Array.isArray(value)) throw new Error(`${member} is no list in ${JSON.stringify(output)}`);
  return value.map(readOutput);
}
