import { deepStrictEqual } from 'node:assert/strict';
import {
  type Activation,
  type ExecutionFacts,
  type HistoryEvent,
  type StateMachine,
  createExecution,
  parseStateMachine,
  transition,
} from '@everstep/language';
import type { Case } from './measure.ts';
import type { Peers } from './peers.ts';

const START = 1_700_000_000_000;

function factsOf(input: string): ExecutionFacts {
  return {
    executionId: '0198b3a2-7c4e-7d11-8a55-0123456789ab',
    executionArn: 'arn:aws:states:eu-west-1:123456789012:execution:Bench:run',
    name: 'run',
    stateMachineArn: 'arn:aws:states:eu-west-1:123456789012:stateMachine:Bench',
    stateMachineName: 'Bench',
    stateMachineVersionArn: null,
    stateMachineAliasArn: null,
    roleArn: 'arn:aws:iam::123456789012:role/bench',
    region: 'eu-west-1',
    startTime: START,
    input,
    tokenKey: '5f'.repeat(32),
  };
}

interface Ran {
  /** JSON, as an execution's output is. */
  readonly output: string;
  /** As each transition gave it. */
  readonly history: readonly (readonly HistoryEvent[])[];
  readonly transitions: number;
}

/** One execution from Start to its end, with its history as objects; the input's text is parsed anew each time. */
function runOnce(machine: StateMachine, input: string): Ran {
  const execution = createExecution(factsOf(input));
  const history: (readonly HistoryEvent[])[] = [];
  let activation: Activation = { type: 'Start', at: START };
  for (;;) {
    const answer = transition(machine, execution, activation);
    history.push(answer.history);
    const end = answer.commands.find((command) => command.type === 'EndExecution');
    if (end !== undefined) {
      if (end.status !== 'SUCCEEDED') throw new Error(`The benchmark's execution failed: ${end.error} ${end.cause}`);
      return { output: end.output ?? 'null', history, transitions: execution.head.stateTransitions };
    }
    activation = { type: 'Continue', at: START };
  }
}

function compiled(definition: object): StateMachine {
  const { machine, diagnostics } = parseStateMachine(JSON.stringify(definition), { type: 'STANDARD' });
  if (machine === null) throw new Error(`The benchmark's definition is refused: ${JSON.stringify(diagnostics)}`);
  return machine;
}

interface Work {
  readonly name: string;
  readonly definition: object;
  readonly input: unknown;
  readonly goal?: number;
}

async function caseOf(work: Work, peers: Peers | null): Promise<Case> {
  const machine = compiled(work.definition);
  const input = JSON.stringify(work.input);
  const { transitions, output } = runOnce(machine, input);
  const ours = {
    name: 'everstep',
    run: (times: number) => {
      for (let i = 0; i < times; i++) runOnce(machine, input);
    },
  };
  const base = { name: work.name, unit: 'transitions', perRun: transitions };
  if (peers === null) return { ...base, contenders: [ours] };
  const run = peers.stateMachine(work.definition);
  deepStrictEqual(await run(JSON.parse(input)), JSON.parse(output), `${work.name}: both give the same output`);
  const theirs = {
    name: 'aws-local-stepfunctions',
    run: async (times: number) => {
      for (let i = 0; i < times; i++) await run(JSON.parse(input));
    },
  };
  const contenders = [ours, theirs] as const;
  return { ...base, contenders, ...(work.goal === undefined ? {} : { goal: work.goal }) };
}

function passes(count: number, fields: object = {}): object {
  const names = Array.from({ length: count }, (_, index) => `Pass ${index + 1}`);
  const states = names.map((name, index) => {
    const next = names[index + 1];
    return [name, { Type: 'Pass', ...(next === undefined ? { End: true } : { Next: next }) }] as const;
  });
  return { StartAt: names[0], ...fields, States: Object.fromEntries(states) };
}

const ORDER = {
  customer: { id: 'c-17', name: 'Ada Lovelace', address: { city: 'London', country: 'GB' } },
  items: [
    { sku: 'A-1', price: 12.5, quantity: 2 },
    { sku: 'B-2', price: 3.75, quantity: 10 },
  ],
  total: 62.5,
};

const CHOICE_LOOP = {
  StartAt: 'Start',
  States: {
    Start: { Type: 'Pass', Result: { n: 0 }, Next: 'More' },
    More: {
      Type: 'Choice',
      Choices: [{ Variable: '$.n', NumericLessThan: 100, Next: 'Add' }],
      Default: 'Done',
    },
    Add: { Type: 'Pass', Parameters: { 'n.$': 'States.MathAdd($.n, 1)' }, Next: 'More' },
    Done: { Type: 'Succeed' },
  },
};

const MAP = {
  StartAt: 'Each',
  States: {
    Each: {
      Type: 'Map',
      ItemsPath: '$.items',
      ItemProcessor: { StartAt: 'One', States: { One: { Type: 'Pass', End: true } } },
      End: true,
    },
  },
};

const MIXED = {
  StartAt: 'Prepare',
  States: {
    Prepare: {
      Type: 'Pass',
      Parameters: {
        'city.$': '$.customer.address.city',
        'skus.$': '$.items[*].sku',
        'label.$': "States.Format('{} in {}', $.customer.name, $.customer.address.city)",
        'count.$': 'States.ArrayLength($.items)',
      },
      ResultPath: '$.prepared',
      Next: 'Large?',
    },
    'Large?': {
      Type: 'Choice',
      Choices: [
        {
          And: [
            { Variable: '$.total', NumericGreaterThan: 50 },
            { Variable: '$.customer.address.country', StringEquals: 'GB' },
          ],
          Next: 'Large',
        },
      ],
      Default: 'Done',
    },
    Large: {
      Type: 'Pass',
      Parameters: {
        'sum.$': 'States.MathAdd($.items[0].quantity, $.items[1].quantity)',
        'parts.$': "States.StringSplit($.prepared.label, ' ')",
      },
      ResultPath: '$.large',
      OutputPath: '$.large',
      Next: 'Done',
    },
    Done: { Type: 'Succeed' },
  },
};

/** Whole executions: the same definitions and inputs for both. */
export async function machineCases(peers: Peers): Promise<Case[]> {
  const items = Array.from({ length: 1000 }, (_, index) => ({ index, name: `item ${index}` }));
  const works: Work[] = [
    { name: '5 Pass', definition: passes(5), input: ORDER, goal: 3 },
    { name: '10 Pass', definition: passes(10), input: ORDER },
    { name: 'Choice loop, 100 rounds', definition: CHOICE_LOOP, input: {} },
    { name: 'Map over 1,000 items', definition: MAP, input: { items } },
    { name: 'Choice + JSONPath + intrinsics', definition: MIXED, input: ORDER, goal: 15 },
  ];
  const cases: Case[] = [];
  for (const work of works) cases.push(await caseOf(work, peers));
  return cases;
}

const JSONATA_LOOP = {
  QueryLanguage: 'JSONata',
  StartAt: 'Start',
  States: {
    Start: { Type: 'Pass', Output: { n: 0 }, Next: 'More' },
    More: {
      Type: 'Choice',
      Choices: [{ Condition: '{% $states.input.n < 100 %}', Next: 'Add' }],
      Default: 'Done',
    },
    Add: { Type: 'Pass', Output: { n: '{% $states.input.n + 1 %}' }, Next: 'More' },
    Done: { Type: 'Succeed' },
  },
};

const JSONATA_MAP = {
  QueryLanguage: 'JSONata',
  StartAt: 'Each',
  States: {
    Each: {
      Type: 'Map',
      Items: '{% $states.input.items %}',
      ItemProcessor: {
        StartAt: 'One',
        States: { One: { Type: 'Pass', Output: '{% $states.input.index %}', End: true } },
      },
      End: true,
    },
  },
};

/** Whole executions in JSONata, which `aws-local-stepfunctions` does not speak. */
export async function jsonataMachineCases(): Promise<Case[]> {
  const items = Array.from({ length: 1000 }, (_, index) => ({ index, name: `item ${index}` }));
  return [
    await caseOf(
      { name: '10 Pass, JSONata', definition: passes(10, { QueryLanguage: 'JSONata' }), input: ORDER },
      null,
    ),
    await caseOf({ name: 'Choice loop, 100 rounds, JSONata', definition: JSONATA_LOOP, input: {} }, null),
    await caseOf({ name: 'Map over 1,000 items, JSONata', definition: JSONATA_MAP, input: { items } }, null),
  ];
}
