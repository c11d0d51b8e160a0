import {
  type Json,
  type JsonObject,
  type TaskResult,
  getOwn,
  isNumber,
  isObject,
  parseJson,
  toNumber,
} from '@everstep/language';
import { parseDefinitionText, readText } from '../definition/definition-file.ts';
import { StartError } from '../start-error.ts';

/** What a mock says to one call of a task. */
export interface Answer {
  /** Null: it never comes, and the task waits for its time-out. */
  readonly result: TaskResult | null;
  /** From the call to the answer, in the run's own time. */
  readonly delaySeconds: number;
  /** Heartbeats this often until the answer; null: none. */
  readonly heartbeatSeconds: number | null;
  /** The answer to the request itself, of a task that is answered later. */
  readonly submitted: Json;
}

/** One state's mock: its answers, one a call, or the items of a Distributed Map. */
type Mock =
  | { readonly kind: 'answers'; readonly answers: readonly Answer[] }
  | { readonly kind: 'items'; readonly items: readonly Json[] };

const DEFAULT = '*';

/** The answers of a mocks file, handed out call by call. */
export class Mocks {
  /** The file's name, for messages; null where there is none. */
  readonly file: string | null;
  readonly #mocks: ReadonlyMap<string, Mock>;
  readonly #calls = new Map<string, number>();

  constructor(file: string | null, mocks: ReadonlyMap<string, Mock>) {
    this.file = file;
    this.#mocks = mocks;
  }

  /** The states that the file names. */
  get names(): string[] {
    return [...this.#mocks.keys()].filter((name) => name !== DEFAULT);
  }

  /** Whether the state has answers of its own. */
  answersFor(name: string): boolean {
    return this.#mocks.get(name)?.kind === 'answers';
  }

  /** The items that a Distributed Map's ItemReader finds. */
  itemsOf(name: string): readonly Json[] | null {
    const mock = this.#mocks.get(name);
    return mock?.kind === 'items' ? mock.items : null;
  }

  /** The answer to the state's next call: the first to the first, and so on; the last one stays. Null: no mock. */
  next(name: string): Answer | null {
    const mock = this.#mocks.get(name) ?? this.#mocks.get(DEFAULT);
    if (mock?.kind !== 'answers') return null;
    const call = this.#calls.get(name) ?? 0;
    this.#calls.set(name, call + 1);
    return mock.answers[Math.min(call, mock.answers.length - 1)] ?? null;
  }
}

/** Reads a mocks file, JSON or YAML. Throws StartError with what is wrong in it. */
export async function readMocks(path: string): Promise<Mocks> {
  const file = parseDefinitionText(path, await readText(path));
  const [problem] = file.problems;
  if (problem !== undefined) throw new StartError(`${path} is not valid YAML: ${problem.message}`);
  return parseMocks(path, parseText(path, file.json ?? ''));
}

function parseText(path: string, text: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    throw new StartError(`${path} is not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export function parseMocks(file: string, document: Json): Mocks {
  if (!isObject(document)) throw new StartError(`${file} must hold an object: the names of states, with their answers`);
  const mocks = Object.entries(document).map(([name, value]) => [name, readMock(file, name, value)] as const);
  return new Mocks(file, new Map(mocks));
}

function readMock(file: string, name: string, value: Json): Mock {
  const place = `${file}: "${name}"`;
  if (Array.isArray(value)) {
    if (value.length === 0) throw new StartError(`${place} is an empty list; an answer is missing`);
    return { kind: 'answers', answers: value.map((each, index) => readAnswer(`${place}[${index}]`, each)) };
  }
  const items = isObject(value) && Object.keys(value).length === 1 ? getOwn(value, 'items') : undefined;
  if (Array.isArray(items)) return { kind: 'items', items };
  return { kind: 'answers', answers: [readAnswer(place, value)] };
}

/** AWS's longest Standard execution: a year. */
const MAXIMUM_SECONDS = 31_536_000;
const MAXIMUM_BEATS = 10_000;

const OUTCOMES = ['result', 'error', 'never'];
const ANSWER_KEYS = [...OUTCOMES, 'cause', 'delaySeconds', 'heartbeatSeconds', 'submitted'];

/** An object with one of the outcomes is an answer; anything else is the result itself. */
function readAnswer(place: string, value: Json): Answer {
  const keys = isObject(value) ? Object.keys(value) : [];
  if (!isObject(value) || !keys.some((key) => ANSWER_KEYS.includes(key))) {
    return { result: { ok: true, output: value }, delaySeconds: 0, heartbeatSeconds: null, submitted: {} };
  }
  const unknown = keys.find((key) => !ANSWER_KEYS.includes(key));
  if (unknown !== undefined) {
    const wrap = 'A result that has members of these names itself is written { "result": … }.';
    throw new StartError(`${place} has the unknown member "${unknown}" beside an answer's own. ${wrap}`);
  }
  if (keys.filter((key) => OUTCOMES.includes(key)).length !== 1) {
    throw new StartError(`${place} must have exactly one of "result", "error" and "never"`);
  }
  const delaySeconds = readSeconds(place, value, 'delaySeconds') ?? 0;
  const heartbeatSeconds = readSeconds(place, value, 'heartbeatSeconds');
  if (heartbeatSeconds !== null && delaySeconds / heartbeatSeconds > MAXIMUM_BEATS) {
    throw new StartError(`${place} would beat more than ${MAXIMUM_BEATS} times`);
  }
  return {
    result: readOutcome(place, value),
    delaySeconds,
    heartbeatSeconds,
    submitted: getOwn(value, 'submitted') ?? {},
  };
}

function readOutcome(place: string, value: JsonObject): TaskResult | null {
  const result = getOwn(value, 'result');
  const [error, cause] = [readString(place, value, 'error'), readString(place, value, 'cause')];
  if (error === null && cause !== null) throw new StartError(`${place} has a "cause" without an "error"`);
  if (result !== undefined) return { ok: true, output: result };
  if (error !== null) return { ok: false, error, ...(cause === null ? {} : { cause }) };
  if (getOwn(value, 'never') !== true) throw new StartError(`${place}: "never" can only be true`);
  return null;
}

function readString(place: string, value: JsonObject, name: string): string | null {
  const text = getOwn(value, name);
  if (text === undefined || typeof text === 'string') return text ?? null;
  throw new StartError(`${place}: "${name}" must be a text`);
}

function readSeconds(place: string, value: JsonObject, name: string): number | null {
  const seconds = getOwn(value, name);
  if (seconds === undefined) return null;
  const number = isNumber(seconds) ? toNumber(seconds) : Number.NaN;
  if (number >= 0 && number <= MAXIMUM_SECONDS && (name !== 'heartbeatSeconds' || number > 0)) return number;
  throw new StartError(`${place}: "${name}" must be a number of seconds, up to a year`);
}
