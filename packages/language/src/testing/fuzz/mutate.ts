import { type Json, type JsonObject, isObject, setOwn } from '../../json.ts';
import { FIELDS, TOKENS, VALUES } from './corpus.ts';
import type { Dice } from './dice.ts';

/** One to some changes of a text: pieces cut, doubled, moved, replaced, repeated, and tokens put in. */
export function mutateText(text: string, dice: Dice, others: readonly string[]): string {
  let mutated = text;
  for (let changes = howMany(dice); changes > 0; changes--) {
    mutated = dice.chance(0.4) ? changePart(mutated, dice, others) : changeText(mutated, dice, others);
  }
  return mutated;
}

/** Mostly one: what is changed in many places is refused for the first of them, and nothing behind it is reached. */
function howMany(dice: Dice): number {
  return dice.chance(0.6) ? 1 : 2 + dice.below(3);
}

// A name, a number, a text in quotes or something in brackets: what a grammar has as one part.
const PARTS = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\$*[\w.-]+|\[[^[\]]*\]|\([^()]*\)/g;

/** Puts another text, a part of one, or a part of the same text in a part's place: the outcome often is well-formed. */
function changePart(text: string, dice: Dice, others: readonly string[]): string {
  const parts = [...text.matchAll(PARTS)];
  if (parts.length === 0) return changeText(text, dice, others);
  const part = dice.pick(parts);
  const other = dice.chance(0.5) ? dice.pick(others) : text;
  const [inserted] = dice.chance(0.4) ? [other] : dice.pick([...other.matchAll(PARTS), ['0']]);
  return text.slice(0, part.index) + String(inserted) + text.slice(part.index + part[0].length);
}

function changeText(text: string, dice: Dice, others: readonly string[]): string {
  const at = dice.below(text.length + 1);
  const end = Math.min(text.length, at + 1 + dice.below(8));
  const piece = text.slice(at, end);
  switch (dice.below(8)) {
    case 0:
      return text.slice(0, at) + text.slice(end);
    case 1:
      return text.slice(0, end) + piece + text.slice(end);
    case 2:
    case 3:
      return text.slice(0, at) + dice.pick(TOKENS) + text.slice(at);
    case 4:
      return text.slice(0, at) + dice.pick(TOKENS) + text.slice(end);
    case 5: {
      const other = dice.pick(others);
      return text.slice(0, at) + other.slice(dice.below(other.length));
    }
    case 6:
      return (
        text.slice(0, at) + (dice.chance(0.5) ? dice.pick(TOKENS) : piece).repeat(1 + dice.below(200)) + text.slice(at)
      );
    default:
      return text.slice(0, at);
  }
}

/** One to some changes of a document, at any depth. The document itself stays as it is. */
export function mutateJson(value: Json, dice: Dice, texts: readonly string[]): Json {
  let mutated = value;
  for (let changes = howMany(dice); changes > 0; changes--) {
    mutated = changeAt(mutated, dice.below(countNodes(mutated)), { dice, texts, whole: mutated }).value;
  }
  return mutated;
}

interface Changing {
  readonly dice: Dice;
  readonly texts: readonly string[];
  readonly whole: Json;
}

export function countNodes(value: Json): number {
  return childrenOf(value).reduce((count: number, [, child]) => count + countNodes(child), 1);
}

function childrenOf(value: Json): [string, Json][] {
  return Array.isArray(value) || isObject(value) ? Object.entries(value) : [];
}

/** Changes the node that comes as number `index` in the order of the text; `passed` counts nodes. */
function changeAt(value: Json, index: number, changing: Changing): { value: Json; passed: number } {
  if (index === 0) return { value: change(value, changing), passed: 1 };
  let passed = 1;
  const children: [string, Json][] = [];
  for (const [key, child] of childrenOf(value)) {
    const inside = index >= passed ? changeAt(child, index - passed, changing) : { value: child, passed: 0 };
    passed += inside.passed;
    children.push([key, inside.value]);
  }
  if (Array.isArray(value)) return { value: children.map(([, child]) => child), passed };
  return { value: isObject(value) ? fromMembers(children) : value, passed };
}

function change(value: Json, { dice, texts, whole }: Changing): Json {
  if (typeof value === 'string' && dice.chance(0.6)) return mutateText(value, dice, texts);
  switch (dice.below(7)) {
    case 0:
      return dice.pick(VALUES);
    case 1:
      return dice.pick(texts);
    case 2:
      return nodeAt(whole, dice.below(countNodes(whole)));
    case 3:
      return nested(value, dice);
    default:
      return changeMembers(value, dice, whole);
  }
}

function nested(value: Json, dice: Dice): Json {
  let outer: Json = value;
  for (let depth = dice.below(dice.chance(0.05) ? 600 : 5); depth >= 0; depth--)
    outer = dice.chance(0.5) ? [outer] : { x: outer };
  return outer;
}

/** A member or an item goes, comes, is renamed or stands twice. */
function changeMembers(value: Json, dice: Dice, whole: Json): Json {
  const members = childrenOf(value);
  if (members.length === 0) return dice.pick(VALUES);
  const at = dice.below(members.length);
  const [key, child] = members[at] ?? ['', null];
  const added: [string, Json] = [
    dice.pick(FIELDS),
    dice.chance(0.5) ? dice.pick(VALUES) : nodeAt(whole, dice.below(countNodes(whole))),
  ];
  const choices: readonly [string, Json][][] = [
    members.filter((_, index) => index !== at),
    [...members, added],
    members.map((member, index) => (index === at ? [dice.pick(FIELDS), child] : member)),
    [...members.slice(0, at), [`${key}2`, child], ...members.slice(at)],
    members.map((member, index) => (index === at ? [key, dice.pick(members)[1]] : member)),
  ];
  const chosen = dice.pick(choices);
  return Array.isArray(value) ? chosen.map(([, item]) => item) : fromMembers(chosen);
}

function nodeAt(value: Json, index: number): Json {
  let left = index;
  const walk = (node: Json): Json | undefined => {
    if (left-- === 0) return node;
    for (const [, child] of childrenOf(node)) {
      const found = walk(child);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return walk(value) ?? null;
}

function fromMembers(members: readonly [string, Json][]): JsonObject {
  const object: JsonObject = {};
  for (const [key, value] of members) setOwn(object, key, value);
  return object;
}
