import { SFNClient, SFNServiceException } from '@aws-sdk/client-sfn';

type Send<Answer> = (client: SFNClient, signal: AbortSignal) => Promise<Answer>;

const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };
/** A frozen process answers nobody: then another one is asked. */
const ANSWER_MS = 4_000;
const PAUSE_MS = 100;

/** Calls one API process after another until one answers, as a careful client behind a load balancer does. */
export class ApiCaller {
  readonly #clients: readonly SFNClient[];
  #next = 0;
  /** What was answered or met instead of an answer, and how often. */
  readonly troubles = new Map<string, number>();

  constructor(endpoints: readonly string[]) {
    this.#clients = endpoints.map(
      (endpoint) => new SFNClient({ endpoint, region: 'us-east-1', credentials: CREDENTIALS, maxAttempts: 1 }),
    );
  }

  /**
   * The answer, and whether an earlier try may have had its effect without being answered. Errors of the request itself
   * are thrown; those of the server are met with another try, until `withinMs` is over.
   */
  async call<Answer>(
    send: Send<Answer>,
    { withinMs = 180_000, answerMs = ANSWER_MS } = {},
  ): Promise<{ answer: Answer; tries: number }> {
    const until = Date.now() + withinMs;
    for (let tries = 1; ; tries++) {
      const client = this.#clients[this.#next++ % this.#clients.length];
      if (client === undefined) throw new Error('there is no API to call');
      try {
        return { answer: await send(client, AbortSignal.timeout(answerMs)), tries };
      } catch (error) {
        if (isRefusal(error)) throw new RefusedError(error, tries);
        this.#note(error);
        if (Date.now() > until) throw error;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }

  close(): void {
    for (const client of this.#clients) client.destroy();
  }

  #note(error: unknown): void {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const name = error instanceof Error ? `${error.name} ${code}`.trim() : String(error);
    this.troubles.set(name, (this.troubles.get(name) ?? 0) + 1);
  }
}

/** The API refused the request. After more than one try that may be because an earlier one was accepted. */
export class RefusedError extends Error {
  readonly tries: number;

  constructor(cause: SFNServiceException, tries: number) {
    super(`${cause.name}: ${cause.message}`, { cause });
    this.name = cause.name;
    this.tries = tries;
  }
}

function isRefusal(error: unknown): error is SFNServiceException {
  return (
    error instanceof SFNServiceException && error.$fault === 'client' && (error.$metadata.httpStatusCode ?? 500) < 500
  );
}
