import {
  ACTIVITY_NAME,
  activityMachine,
  callbackMachine,
  childMachine,
  distributedMachine,
  expiringMachine,
  flakyMachine,
  heartbeatMachine,
  loopMachine,
  mapMachine,
  parallelMachine,
  parentMachine,
  stepsMachine,
  waitsMachine,
} from './machines.ts';

export { ACTIVITY_NAME };

/** How an execution must end, whatever happens meanwhile. */
export interface Outcome {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'ABORTED' | 'TIMED_OUT';
  readonly output?: unknown;
  readonly error?: string;
  /** How many keys it leaves in the ledger: exactly, or from and to where a time-out may come before the call. */
  readonly effects: number | readonly [number, number];
  /** How many children it starts. */
  readonly children?: number;
}

export interface Planned {
  readonly name: string;
  readonly machine: string;
  readonly input: object;
  readonly outcome: Outcome;
  /** The test stops it once it waits. */
  readonly stop: boolean;
}

interface Scenario {
  readonly machine: string;
  readonly definition: object;
  /** How often among the others; absent: it is started by other executions only. */
  readonly weight?: number;
  /** The input and the outcome of one execution, from its number and a random source. */
  readonly plan?: (random: () => number, name: string) => { input: object; outcome: Outcome; stop?: boolean };
}

/** HeartbeatSeconds of the executions that the test sends heartbeats for. */
export const BEATING_SECONDS = 14;
/** What an execution answers whose heartbeats did not come. */
export const LATE_OUTPUT = { value: -2 };

/** What the function `effect` answers. */
const effect = (value: number): number => value * 2 + 1;

function integer(random: () => number, below: number): number {
  return Math.floor(random() * below);
}

function pick<const Value>(random: () => number, values: readonly [Value, ...Value[]]): Value {
  return values[integer(random, values.length)] ?? values[0];
}

const succeeded = (output: unknown, effects: Outcome['effects']): Outcome => ({ status: 'SUCCEEDED', output, effects });

export const SCENARIOS: readonly Scenario[] = [
  {
    machine: 'steps',
    definition: stepsMachine,
    weight: 3,
    plan(random) {
      const value = integer(random, 1_000);
      return { input: { value }, outcome: succeeded({ value: effect(effect(effect(value))) }, 3) };
    },
  },
  {
    machine: 'flaky',
    definition: flakyMachine,
    weight: 2,
    plan(random) {
      const value = integer(random, 1_000);
      const failures = integer(random, 5);
      const input = { value, failures };
      if (failures <= 2) return { input, outcome: succeeded({ value: effect(value) }, failures + 1) };
      return { input, outcome: { status: 'FAILED', error: 'GaveUp', effects: 3 } };
    },
  },
  {
    machine: 'callback',
    definition: callbackMachine,
    weight: 3,
    plan(random, execution) {
      const value = integer(random, 1_000);
      const mode = pick(random, ['success', 'success', 'failure', 'silent']);
      const input = { value, mode, execution, timeoutSeconds: mode === 'silent' ? 2 : 600 };
      const answers = {
        success: { value: effect(value + 1) },
        failure: { value: effect(-1) },
        silent: { value: effect(-2) },
      };
      return { input, outcome: succeeded(answers[mode], mode === 'silent' ? [1, 2] : 2) };
    },
  },
  {
    machine: 'heartbeat',
    definition: heartbeatMachine,
    weight: 1,
    plan(random, execution) {
      const value = integer(random, 1_000);
      const mode = pick(random, ['beating', 'silent']);
      const input = { value, mode, execution, heartbeatSeconds: mode === 'silent' ? 2 : BEATING_SECONDS };
      return {
        input,
        outcome:
          mode === 'silent'
            ? succeeded({ value: -2 }, [0, 1])
            : // Where it took so long to ask that the first heartbeat was due before, nobody was asked.
              succeeded({ value: value + 1 }, [0, 1]),
      };
    },
  },
  {
    machine: 'activity',
    definition: activityMachine,
    weight: 2,
    plan(random) {
      const value = integer(random, 1_000);
      if (value % 5 === 0) return { input: { value }, outcome: { status: 'FAILED', error: 'Refused', effects: 0 } };
      return { input: { value }, outcome: succeeded({ value: effect(value * 3) }, 1) };
    },
  },
  {
    machine: 'waits',
    definition: waitsMachine,
    weight: 2,
    plan(random) {
      const value = integer(random, 1_000);
      const input = { value, seconds: 1 + integer(random, 4) };
      return { input, outcome: succeeded({ value: effect(value) }, 1) };
    },
  },
  {
    machine: 'map',
    definition: mapMachine,
    weight: 1,
    plan(random) {
      const values = Array.from({ length: 4 + integer(random, 5) }, () => integer(random, 1_000));
      const output = values.map((value) => ({ value: effect(value) }));
      return { input: { values }, outcome: succeeded(output, values.length) };
    },
  },
  ...(['STANDARD', 'EXPRESS'] as const).map(
    (executionType): Scenario => ({
      machine: `distributed-${executionType.toLowerCase()}`,
      definition: distributedMachine(executionType),
      weight: 1,
      plan(random) {
        const values = Array.from({ length: 4 + integer(random, 9) }, () => integer(random, 1_000));
        return {
          input: { values },
          outcome: succeeded(
            values.map((value) => ({ value: effect(value) })),
            0,
          ),
        };
      },
    }),
  ),
  {
    machine: 'parallel',
    definition: parallelMachine,
    weight: 2,
    plan(random, execution) {
      const value = integer(random, 1_000);
      const output = [{ value: effect(value) }, { value: value + 1 }, { value: effect(effect(value)) }];
      return { input: { value, mode: 'success', execution }, outcome: succeeded(output, 4) };
    },
  },
  {
    machine: 'parent',
    definition: parentMachine,
    weight: 2,
    plan(random) {
      const value = integer(random, 1_000);
      const fail = random() < 0.3;
      const output = fail ? { value: -1 } : { value: effect(effect(value)) };
      return { input: { value, fail }, outcome: { ...succeeded(output, fail ? 0 : 1), children: 1 } };
    },
  },
  { machine: 'child', definition: childMachine },
  {
    machine: 'loop',
    definition: loopMachine,
    weight: 1,
    plan(random) {
      const rounds = 10 + integer(random, 30);
      return { input: { rounds, count: 0 }, outcome: succeeded({ value: effect(rounds) }, 1) };
    },
  },
  {
    machine: 'stopped',
    definition: callbackMachine,
    weight: 1,
    plan(random, execution) {
      const input = { value: integer(random, 1_000), mode: 'stop', execution, timeoutSeconds: 6_000 };
      return { input, outcome: { status: 'ABORTED', error: 'Stopped', effects: 1 }, stop: true };
    },
  },
  {
    machine: 'expiring',
    definition: expiringMachine,
    weight: 1,
    plan: () => ({ input: {}, outcome: { status: 'TIMED_OUT', effects: 0 } }),
  },
];

/** So many executions of all kinds, the same for the same random source. */
export function planExecutions(count: number, random: () => number): Planned[] {
  const drawn = SCENARIOS.flatMap((scenario) => Array.from({ length: scenario.weight ?? 0 }, () => scenario));
  return Array.from({ length: count }, (_, index) => {
    // Every kind comes first once, so that few executions hold all of them.
    const scenario = drawn[index < drawn.length ? index : integer(random, drawn.length)];
    if (scenario?.plan === undefined) throw new Error('a scenario without a plan was drawn');
    const name = `${scenario.machine}-${index}`;
    const { input, outcome, stop = false } = scenario.plan(random, name);
    return { name, machine: scenario.machine, input, outcome, stop };
  });
}
