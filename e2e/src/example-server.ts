import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@everstep/testkit';
import { EverstepProcess, ROOT } from './everstep-process.ts';

/** An all-in-one server on an empty data folder, beside which the examples are run as their README says. */
export class ExampleServer {
  readonly #dataDir: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #server: EverstepProcess;

  private constructor(dataDir: string, port: number) {
    this.#dataDir = dataDir;
    this.#environment = { EVERSTEP_PORT: String(port), EVERSTEP_DATA_DIR: dataDir };
    const readyUrl = `http://127.0.0.1:${port}/readyz`;
    this.#server = new EverstepProcess({
      ...{ command: 'dev', args: ['--empty'], readyUrl },
      environment: this.#environment,
    });
  }

  static async start(): Promise<ExampleServer> {
    const dataDir = await mkdtemp(join(tmpdir(), 'everstep-example-'));
    await chmod(dataDir, 0o755);
    const server = new ExampleServer(dataDir, await freePort());
    await server.#server.start();
    return server;
  }

  /** The user's command; what it printed. */
  async everstep(...words: string[]): Promise<string> {
    return (await this.#run([join(ROOT, 'services/everstep/dist/main.js'), ...words])).out;
  }

  /** Runs `examples/<name>/run.mjs`; its report. Throws where it does not end well. */
  async example<Report>(name: string, ...words: string[]): Promise<Report> {
    const file = join(this.#dataDir, `${name}.json`);
    const { code, out } = await this.#run([join(ROOT, 'examples', name, 'run.mjs'), '--json', file, ...words]);
    if (code !== 0) throw new Error(`the example ${name} ended with ${code}:\n${out}`);
    const report: Report = JSON.parse(await readFile(file, 'utf8'));
    return report;
  }

  async close(): Promise<void> {
    await this.#server.kill('SIGTERM');
    await rm(this.#dataDir, { recursive: true, force: true });
  }

  async #run(words: readonly string[]): Promise<{ code: number | null; out: string }> {
    const child = spawn(process.execPath, words, {
      cwd: ROOT,
      env: { ...process.env, ...this.#environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (chunk) => (out += String(chunk)));
    await once(child, 'close');
    return { code: child.exitCode, out };
  }
}
