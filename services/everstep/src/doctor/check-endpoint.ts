import { connect, type ConnectionOptions, failureOf } from '../api-client/connection.ts';
import { messageOf, StartError } from '../start-error.ts';
import { type CheckFinding, clockFinding } from './finding.ts';

const PATIENCE_MS = 5_000;

/** Whether the API is there, ready, on time, and takes the caller's signature. */
export async function checkEndpoint(options: ConnectionOptions): Promise<CheckFinding[]> {
  const connection = await connect(options);
  const { endpoint, client, sdk } = connection;
  try {
    const ready = await readiness(endpoint);
    if (ready.skewMs === null) return [ready.finding];
    const findings = [ready.finding, clockFinding('clock of the API', ready.skewMs)];
    try {
      await client.send(new sdk.ListStateMachinesCommand({ maxResults: 1 }));
      return [...findings, { check: 'credentials', status: 'ok', text: 'the API takes them' }];
    } catch (error) {
      const failure = failureOf(connection, error);
      if (failure === null) throw error;
      const remedy =
        'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to a key of this installation: everstep keys create NAME.';
      return [...findings, { check: 'credentials', status: 'bad', text: failure.text, remedy }];
    }
  } finally {
    client.destroy();
  }
}

/** `skewMs`: how far the server's clock is ahead of this machine's; null where nobody answers. */
async function readiness(
  endpoint: string,
): Promise<{ readonly finding: CheckFinding; readonly skewMs: number | null }> {
  const check = 'API';
  try {
    const sentAt = Date.now();
    const answer = await fetch(new URL('/readyz', endpoint), { signal: AbortSignal.timeout(PATIENCE_MS) });
    const middle = (sentAt + Date.now()) / 2;
    const told = Date.parse(answer.headers.get('date') ?? '');
    // The header counts whole seconds.
    const skewMs = Number.isNaN(told) ? 0 : Math.round(told + 500 - middle);
    if (answer.ok) return { finding: { check, status: 'ok', text: `${endpoint} is ready` }, skewMs };
    const text = `${endpoint} is not ready: ${(await answer.text()).slice(0, 300)}`;
    const remedy = 'Look at its database first: the checks of Postgres below, and the log of the process.';
    return { finding: { check, status: 'bad', text, remedy }, skewMs };
  } catch (error) {
    if (error instanceof StartError) throw error;
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    const text = `no answer at ${endpoint}: ${messageOf(cause)}`;
    const remedy = 'Start it (npm start, or everstep api), or name another one with --endpoint.';
    return { finding: { check, status: 'bad', text, remedy }, skewMs: null };
  }
}
