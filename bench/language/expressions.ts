import { deepStrictEqual } from 'node:assert/strict';
import * as language from '@everstep/language';
import type { Case } from './measure.ts';
import type { Peers } from './peers.ts';

const ORDERS: language.Json = {
  a: { b: [{ c: 1 }, { c: 2 }] },
  store: { name: 'Corner', open: true },
  orders: Array.from({ length: 20 }, (_, index) => ({
    id: `o-${index}`,
    total: (index * 37) % 100,
    quantity: (index % 3) + 1,
    customer: { name: `Customer ${index}`, city: index % 2 === 0 ? 'London' : 'Paris' },
  })),
};

const PATHS: readonly (readonly [string, number?])[] = [
  ['$.a.b[0].c', 10],
  ['$.orders[*].total', 10],
  ['$.orders[2:5].id', 10],
  ['$.orders[?(@.total > 50)].id', 10],
  ['$..city', 10],
];

/** Compiled JSONPath; `jsonpath-plus` keeps its parsed paths by itself. */
export function pathCases(peers: Peers): Case[] {
  const scope = language.plainScope({ input: ORDERS });
  return PATHS.map(([path, goal]) => {
    const expression = language.compilePath(path);
    deepStrictEqual(peers.jsonPath(path, ORDERS), expression.evaluate(scope), path);
    const ours = {
      name: 'everstep',
      run: (times: number) => {
        for (let i = 0; i < times; i++) expression.evaluate(scope);
      },
    };
    const theirs = {
      name: 'jsonpath-plus',
      run: (times: number) => {
        for (let i = 0; i < times; i++) peers.jsonPath(path, ORDERS);
      },
    };
    const base = { name: `JSONPath ${path}`, unit: 'evaluations', perRun: 1, contenders: [ours, theirs] as const };
    return { ...base, ...(goal === undefined ? {} : { goal }) };
  });
}

const JSONATA: readonly (readonly [string, string])[] = [
  ['path', '$states.input.a.b[0].c'],
  ['arithmetic', '$states.input.a.b[0].c * 2 + $states.input.a.b[1].c'],
  ['comparison', "$states.input.store.open and $states.input.store.name = 'Corner'"],
  ['object', '{ "name": $states.input.store.name, "first": $states.input.orders[0].id }'],
  ['string functions', "$uppercase($states.input.store.name) & '-' & $substring($states.input.orders[0].id, 2)"],
  ['predicate', '$states.input.orders[total > 50].id'],
  ['aggregate', '$sum($states.input.orders.(total * quantity))'],
  ['higher order', '$map($states.input.orders, function($order) { $order.customer.city })'],
];

const JSONATA_GOAL = 10;
/** Beyond paths, arithmetic, comparisons, objects and string functions there is no goal. */
const BEYOND_GOAL = new Set(['predicate', 'aggregate', 'higher order']);

type Evaluate = () => unknown;

/** The language's own JSONata, where this version has it: found by its name when the benchmark runs. */
function ownJsonata(): ((text: string, states: language.JsonObject) => Evaluate) | null {
  const compile: unknown = Reflect.get(language, 'compileJsonata');
  if (typeof compile !== 'function') return null;
  return (text, states) => {
    const expression: unknown = Reflect.apply(compile, undefined, [text]);
    const evaluate: unknown =
      typeof expression === 'object' && expression !== null && Reflect.get(expression, 'evaluate');
    if (typeof evaluate !== 'function') throw new Error('compileJsonata answers something without evaluate');
    const { random } = language.plainScope({});
    const bindings = { states, variables: () => undefined, now: 0, random };
    return (): unknown => Reflect.apply(evaluate, expression, [bindings]);
  };
}

/** Empty where the language has no JSONata yet. */
export async function jsonataCases(peers: Peers): Promise<Case[]> {
  const compile = ownJsonata();
  if (compile === null) return [];
  const states: language.JsonObject = { input: ORDERS };
  const cases: Case[] = [];
  for (const [name, text] of JSONATA) {
    const evaluate = compile(text, states);
    const theirs = peers.jsonata(text);
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
    deepStrictEqual(plain(evaluate()), plain(await theirs({ states })), text);
    const ours = (times: number): void => {
      for (let i = 0; i < times; i++) evaluate();
    };
    const other = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i++) await theirs({ states });
    };
    cases.push({
      name: `JSONata ${name}`,
      unit: 'evaluations',
      perRun: 1,
      contenders: [
        { name: 'everstep', run: ours },
        { name: 'jsonata', run: other },
      ],
      ...(BEYOND_GOAL.has(name) ? {} : { goal: JSONATA_GOAL }),
    });
  }
  return cases;
}
