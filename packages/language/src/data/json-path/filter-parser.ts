import type { Json, JsonObject } from '../../json.ts';
import { setOwn } from '../../json.ts';
import { MAX_FILTER_NESTING } from '../limits.ts';
import { compilePattern } from './pattern.ts';
import type { Reader } from './reader.ts';
import { COMPARISONS } from './syntax-tree.ts';
import type { Comparison, Condition, Operand, Pattern, PathTree } from './syntax-tree.ts';

/** Paths contain filters and filters contain paths: the path parser hands itself in. */
export type ReadPath = (reader: Reader, depth: number) => PathTree;

/** Reads `(…)` after the question mark. */
export function readFilter(reader: Reader, depth: number, readPath: ReadPath): Condition {
  reader.skipSpace();
  reader.expect('(');
  const condition = readOr(reader, depth, readPath);
  reader.expect(')');
  return condition;
}

function readOr(reader: Reader, depth: number, readPath: ReadPath): Condition {
  const operands = [readAnd(reader, depth, readPath)];
  while (reader.accept('||')) operands.push(readAnd(reader, depth, readPath));
  const [first] = operands;
  return operands.length === 1 && first !== undefined ? first : { kind: 'or', operands };
}

function readAnd(reader: Reader, depth: number, readPath: ReadPath): Condition {
  const operands = [readTerm(reader, depth, readPath)];
  while (reader.accept('&&')) operands.push(readTerm(reader, depth, readPath));
  const [first] = operands;
  return operands.length === 1 && first !== undefined ? first : { kind: 'and', operands };
}

function readTerm(reader: Reader, depth: number, readPath: ReadPath): Condition {
  if (depth > MAX_FILTER_NESTING) reader.fail('the filter is nested too deeply');
  reader.skipSpace();
  let condition: Condition;
  if (reader.accept('!')) condition = { kind: 'not', operand: readTerm(reader, depth + 1, readPath) };
  else if (reader.accept('(')) {
    condition = readOr(reader, depth + 1, readPath);
    reader.expect(')');
  } else condition = readRelation(reader, depth, readPath);
  reader.skipSpace();
  return condition;
}

function readRelation(reader: Reader, depth: number, readPath: ReadPath): Condition {
  const left = readOperand(reader, depth, readPath);
  reader.skipSpace();
  const operator = readComparison(reader);
  if (operator === undefined) {
    if (left.kind !== 'path') reader.fail('expected an operator');
    return { kind: 'exists', operand: left };
  }
  reader.skipSpace();
  return { kind: 'comparison', operator, left, right: readOperand(reader, depth, readPath) };
}

const OPERATOR = /===?|!==?|<=?|>=?|=~|[A-Za-z]+/y;

function readComparison(reader: Reader): Comparison | undefined {
  const start = reader.position;
  const token = reader.match(OPERATOR);
  if (token === undefined) return undefined;
  // Jayway's strict forms compare like the plain ones here: JSON has no types that would differ.
  const word = token === '===' ? '==' : token === '!==' ? '!=' : token.toLowerCase();
  const known = COMPARISONS.find((comparison) => comparison === word);
  if (known !== undefined) return known;
  reader.position = start;
  return reader.fail(`unknown operator '${token}'`);
}

/** A path, a literal or a regular expression. */
export function readOperand(reader: Reader, depth: number, readPath: ReadPath): Operand {
  if (depth > MAX_FILTER_NESTING) reader.fail('the filter is nested too deeply');
  const first = reader.peek();
  if (first === '@' || first === '$') return { kind: 'path', path: readPath(reader, depth + 1) };
  if (first === '/') return { kind: 'pattern', pattern: readPattern(reader) };
  return { kind: 'literal', value: readLiteral(reader, depth) };
}

function readPattern(reader: Reader): Pattern {
  const start = reader.position;
  reader.expect('/');
  let source = '';
  while (!reader.startsWith('/')) {
    if (reader.atEnd) reader.fail('missing /');
    if (reader.accept('\\/')) source += '/';
    else {
      const length = reader.startsWith('\\') ? 2 : 1;
      source += reader.text.slice(reader.position, reader.position + length);
      reader.position += length;
    }
  }
  reader.expect('/');
  const flags = reader.match(FLAGS) ?? '';
  return compilePattern(source, flags, (message) => {
    reader.position = start;
    return reader.fail(message);
  });
}

const FLAGS = /[A-Za-z]*/y;

/** JSON, with single quotes allowed. */
function readLiteral(reader: Reader, depth: number): Json {
  if (depth > MAX_FILTER_NESTING) reader.fail('the literal is nested too deeply');
  const first = reader.peek();
  if (first === "'" || first === '"') return reader.readQuoted();
  if (reader.accept('[')) return readArray(reader, depth + 1);
  if (reader.accept('{')) return readObject(reader, depth + 1);
  const value = reader.readNumber() ?? reader.readKeyword();
  return value === undefined ? reader.fail('expected a value') : value;
}

function readArray(reader: Reader, depth: number): Json {
  const items: Json[] = [];
  reader.skipSpace();
  if (reader.accept(']')) return items;
  do {
    reader.skipSpace();
    items.push(readLiteral(reader, depth));
    reader.skipSpace();
  } while (reader.accept(','));
  reader.expect(']');
  return items;
}

function readObject(reader: Reader, depth: number): Json {
  const members: JsonObject = {};
  reader.skipSpace();
  if (reader.accept('}')) return members;
  do {
    reader.skipSpace();
    const key = reader.readQuoted();
    reader.skipSpace();
    reader.expect(':');
    reader.skipSpace();
    setOwn(members, key, readLiteral(reader, depth));
    reader.skipSpace();
  } while (reader.accept(','));
  reader.expect('}');
  return members;
}
