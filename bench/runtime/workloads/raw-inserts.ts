import pg from 'pg';
import type { Lab } from '../lab/lab.ts';

const ROWS = 1_000;

/** The limit that Postgres sets: rows like those of the history, a thousand in one statement and commit, one session. */
export class RawInserts {
  readonly #client: pg.Client;
  #texts: readonly string[] = [];

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async open(lab: Lab): Promise<RawInserts> {
    const client = new pg.Client({ connectionString: await lab.emptyDatabase() });
    await client.connect();
    await client.query('create table raw (id uuid, number int, events text, primary key (id, number))');
    return new RawInserts(client);
  }

  /** Takes the texts of rows from a database with executions in it. */
  async sample(databaseUrl: string): Promise<void> {
    const source = new pg.Client({ connectionString: databaseUrl });
    await source.connect();
    const { rows } = await source.query<{ events: string }>('select events from history limit $1', [ROWS]);
    await source.end();
    if (rows.length === 0) throw new Error('there is no history to take rows from');
    this.#texts = Array.from({ length: ROWS }, (_, index) => rows[index % rows.length]?.events ?? '');
  }

  /** Bytes of the texts per second. */
  async run(seconds: number): Promise<number> {
    const bytes = this.#texts.reduce((sum, text) => sum + text.length, 0);
    const startedAt = performance.now();
    let elapsed = 0;
    let written = 0;
    while (elapsed < seconds) {
      await this.#client.query({
        name: 'raw_insert',
        text: 'insert into raw select gen_random_uuid(), 1, text from unnest($1::text[]) as u(text)',
        values: [this.#texts],
      });
      written += bytes;
      elapsed = (performance.now() - startedAt) / 1_000;
    }
    return written / elapsed;
  }

  close(): Promise<void> {
    return this.#client.end();
  }
}
