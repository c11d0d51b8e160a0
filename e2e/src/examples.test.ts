import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExampleServer } from './example-server.ts';

let server: ExampleServer;
beforeAll(async () => {
  server = await ExampleServer.start();
});
afterAll(() => server?.close());

interface CartsReport {
  readonly carts: number;
  readonly refused: number;
  readonly alone: { readonly events: number };
  readonly withExpress: { readonly events: number };
  readonly report: string | null;
  readonly problems: readonly string[];
}

describe('the example standard-calls-express', () => {
  it('prices every cart, in a shorter history, and finds its report in the log', async () => {
    const report = await server.example<CartsReport>('standard-calls-express', '--carts', '60');
    expect(report).toMatchObject({ carts: 60, refused: 3, problems: [] });
    expect(report.report).toMatch(/^57 carts for \d+ cents$/);
    expect(report.withExpress.events * 2).toBeLessThan(report.alone.events);
  }, 120_000);
});

describe('the example image-pipeline', () => {
  it('makes a thumbnail of every image that is whole, and tells of the others', async () => {
    const report = await server.example<{ readonly counts: object }>('image-pipeline', '--images', '75');
    expect(report).toMatchObject({ images: 75, thumbnails: 72, failed: 3, problems: [] });
    expect(report.counts).toMatchObject({ total: 75, succeeded: 72, failed: 3, running: 0, pending: 0 });
  }, 180_000);
});

describe('the example python-function', () => {
  it('matches payments, and its README’s commands show the function', async () => {
    expect(await server.example('python-function')).toEqual({ cases: 3, problems: [] });
    const listed = await server.everstep('functions', 'list');
    expect(listed).toMatch(/match-payments +\$LATEST +python3 +lambda_function\.lambda_handler/);
    const invoked = await server.everstep(
      ...['functions', 'invoke', 'match-payments', '--payload'],
      '{"invoices": [], "statement": "payer,amount,text\\nAda,5.00,thanks\\n"}',
    );
    expect(JSON.parse(invoked)).toMatchObject({ matches: [], unknown: [{ payer: 'Ada', amount: 5 }] });
    const logs = await server.everstep('functions', 'logs', 'match-payments', '--json');
    const lines = logs
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(lines).toContainEqual(
      expect.objectContaining({
        message: expect.stringContaining('matched 2 payments, 0 are unknown'),
        executionArn: expect.stringContaining(':execution:match-payments:'),
      }),
    );
  }, 120_000);
});

describe('the example saga', () => {
  it('undoes what was done before a step that failed, the last first', async () => {
    expect(await server.example('saga')).toEqual({ orders: 5, problems: [] });
  }, 120_000);

  it('draws its graph', async () => {
    expect(await server.everstep('graph', 'order-saga')).toContain('RefundCard');
  });
});
