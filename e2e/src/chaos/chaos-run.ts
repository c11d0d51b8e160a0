import { CreateActivityCommand, CreateStateMachineCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { join } from 'node:path';
import { seededRandom } from '../order-approval.ts';
import { Answering } from './answering.ts';
import { ApiCaller, RefusedError } from './api-caller.ts';
import { checkExecutions, checkLedger, describeOpenRuns, leftovers, type LedgerFacts } from './checks.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { describeDisturbance, Disturber, type Happened, planDisturbances } from './disturbances.ts';
import { type Effect, readLedger } from './records.ts';
import { ACTIVITY_NAME, type Planned, planExecutions, SCENARIOS } from './scenarios.ts';

export interface ChaosOptions {
  readonly executions: number;
  readonly seed: number;
  /** How often every disturbance comes. */
  readonly rounds: number;
  /** How long all executions may take to end once the disturbances are over. */
  readonly drainMs: number;
  readonly log: (line: string) => void;
}

export interface ChaosReport {
  readonly problems: readonly string[];
  readonly ledger: LedgerFacts;
  readonly events: number;
  readonly children: number;
}

const LEASE_MS = 3_000;
/** What a worker writes when its lease is over. */
const LEASE_LOST = 'the lease is over';
const STARTERS = 16;
const POLLERS = 6;
const ACCOUNT = 'us-east-1:123456789012';
const executionArn = ({ machine, name }: Pick<Planned, 'machine' | 'name'>): string =>
  `arn:aws:states:${ACCOUNT}:execution:${machine}:${name}`;

/** The whole test: load, disturbances, and everything that must be true afterwards. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { executions, seed, rounds, log } = options;
  const random = seededRandom(seed);
  const planned = planExecutions(executions, random);
  const plan = planDisturbances(rounds, random, LEASE_MS);
  log(`seed ${seed}, ${executions} executions, ${plan.length} disturbances:`);
  for (const disturbance of plan) log(`  ${describeDisturbance(disturbance)}`);
  const begun = Date.now();
  const environment = { EVERSTEP_WORKER_LEASE_MS: String(LEASE_MS), EVERSTEP_DATABASE_CONNECTIONS: '6' };
  const cluster = await startCluster({ api: 2, workers: 3, schedulers: 2, redis: true, environment });
  const caller = new ApiCaller(cluster.endpoints);
  const stamp = (text: string): void => log(`${((Date.now() - begun) / 1_000).toFixed(1).padStart(6)} s  ${text}`);
  try {
    stamp('the cluster runs');
    const run = new ChaosRun({ cluster, caller, planned, log: stamp });
    await run.prepare();
    const disturber = new Disturber(cluster, plan, stamp);
    const happened = await run.load(disturber);
    return await run.conclude(happened, options.drainMs);
  } catch (error) {
    for (const process of [...cluster.apis, ...cluster.workers, ...cluster.schedulers]) {
      log(`--- ${process.name}\n${process.output.slice(-3_000)}`);
    }
    throw error;
  } finally {
    caller.close();
    await cluster.stop();
  }
}

class ChaosRun {
  readonly #cluster: Cluster;
  readonly #caller: ApiCaller;
  readonly #planned: readonly Planned[];
  readonly #log: (line: string) => void;
  readonly #answering: Answering;
  readonly #problems: string[] = [];

  constructor(options: {
    cluster: Cluster;
    caller: ApiCaller;
    planned: readonly Planned[];
    log: (line: string) => void;
  }) {
    this.#cluster = options.cluster;
    this.#caller = options.caller;
    this.#planned = options.planned;
    this.#log = options.log;
    const machines = new Map(options.planned.map(({ name, machine }) => [name, machine]));
    this.#answering = new Answering({
      caller: options.caller,
      tokensFile: join(options.cluster.records, 'tokens.jsonl'),
      activityArn: `arn:aws:states:${ACCOUNT}:activity:${ACTIVITY_NAME}`,
      executionArn: (name) => executionArn({ name, machine: machines.get(name) ?? '' }),
    });
  }

  async prepare(): Promise<void> {
    const roleArn = 'arn:aws:iam::123456789012:role/chaos';
    await this.#caller.call((client) => client.send(new CreateActivityCommand({ name: ACTIVITY_NAME })));
    for (const { machine: name, definition } of SCENARIOS) {
      const command = new CreateStateMachineCommand({ name, definition: JSON.stringify(definition), roleArn });
      await this.#caller.call((client) => client.send(command));
    }
    this.#answering.start(POLLERS);
  }

  /** Starts everything, spread over the plan, while it is carried out. */
  async load(disturber: Disturber): Promise<readonly Happened[]> {
    let next = 0;
    const starter = async (): Promise<void> => {
      for (let index = next++; index < this.#planned.length; index = next++) {
        const planned = this.#planned[index];
        if (planned === undefined) return;
        while (index / this.#planned.length > disturber.progress) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        await this.#start(planned);
      }
    };
    const starting = Promise.all(Array.from({ length: STARTERS }, starter));
    const [happened] = await Promise.all([disturber.run(), starting]);
    this.#log(`all ${this.#planned.length} executions are started and acknowledged, nothing is disturbed any more`);
    return happened;
  }

  async #start(planned: Planned): Promise<void> {
    const { machine, name, input } = planned;
    const stateMachineArn = `arn:aws:states:${ACCOUNT}:stateMachine:${machine}`;
    const command = new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) });
    try {
      const { answer } = await this.#caller.call((client, abortSignal) => client.send(command, { abortSignal }));
      if (answer.executionArn !== executionArn(planned)) this.#problems.push(`${name} became ${answer.executionArn}`);
    } catch (error) {
      // An earlier try was accepted without being answered, and has ended since: the same execution.
      const ended = error instanceof RefusedError && error.tries > 1 && error.name === 'ExecutionAlreadyExists';
      if (!ended) throw error;
    }
  }

  /** Waits for the end of everything, and checks. */
  async conclude(happened: readonly Happened[], drainMs: number): Promise<ChaosReport> {
    const since = Date.now();
    let left = await leftovers(this.#cluster.databaseUrl);
    while ((left['runs'] ?? 0) > 0 && Date.now() - since < drainMs) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      left = await leftovers(this.#cluster.databaseUrl);
    }
    this.#log(`all executions ended within ${Date.now() - since} ms: ${JSON.stringify(left)}`);
    const remaining = Object.entries(left).filter(([, count]) => count > 0);
    this.#problems.push(...remaining.map(([what, count]) => `${count} are left: ${what}`));
    if (remaining.length > 0) this.#problems.push(...(await describeOpenRuns(this.#cluster.databaseUrl)));
    await this.#answering.stop();
    const { acknowledged, problems } = this.#answering;
    const subject = { caller: this.#caller, planned: this.#planned, acknowledged, executionArn };
    const checked = await checkExecutions(subject);
    const effects = await readLedger(join(this.#cluster.records, 'ledger.jsonl'));
    const leasesLost = this.#cluster.troubles.filter(({ line }) => line.includes(LEASE_LOST)).map(({ at }) => at);
    const ledger = checkLedger(effects, happened, this.#planned, {
      executionArn,
      leaseMs: LEASE_MS,
      leasesLost,
    });
    this.#tell(effects, happened);
    const { callbacks, stops, activityResults, beats } = acknowledged;
    this.#log(
      `acknowledged: ${callbacks.size} callbacks, ${activityResults} activity results, ${stops.size} stops; ` +
        `${[...beats.values()].flat().length} heartbeats; leases lost: ${leasesLost.length}`,
    );
    this.#log(
      `histories: ${checked.events} events; children: ${checked.children}; ledger: ${JSON.stringify(ledger.facts)}`,
    );
    return {
      problems: [...this.#problems, ...problems, ...checked.problems, ...ledger.problems],
      ledger: ledger.facts,
      events: checked.events,
      children: checked.children,
    };
  }

  /** How long the work stood still around each disturbance, by the ledger. */
  #tell(effects: readonly Effect[], happened: readonly Happened[]): void {
    const times = effects.map(({ at }) => at).toSorted((one, other) => one - other);
    for (const { kind, target, from, to } of happened) {
      const after = times.find((at) => at >= to);
      let longest = 0;
      let last = times.findLast((at) => at < from) ?? from;
      for (const at of times.filter((one) => one >= from && one <= to + 10_000)) {
        longest = Math.max(longest, at - last);
        last = at;
      }
      const flows = after === undefined ? 'no effect after it' : `next effect ${after - to} ms after its end`;
      this.#log(`${kind} ${target}`.padEnd(24) + `took ${to - from} ms, ${flows}, longest pause ${longest} ms`);
    }
    const troubles = [...this.#caller.troubles].map(([name, count]) => `${name} ${count}`);
    this.#log(`clients met: ${troubles.join(', ') || 'no trouble'}`);
  }
}
