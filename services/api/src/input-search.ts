import type { ExecutionStore } from '@everstep/engine';
import { equals, isObject, getOwn, type Json, parseJson } from '@everstep/language';
import type { InputCondition } from '@everstep/protocol';

/** Of inputs read for one answer, and at once, in bytes. */
const BYTES = 16 * 1_048_576;
const BYTES_AT_ONCE = 1_048_576;

/** `unread`: enough was read for one answer. */
export type Verdict = 'fits' | 'no' | 'encrypted' | 'unread';

/** Looks into inputs for values, as far as one answer's work allows. */
export class InputSearch {
  readonly #store: Pick<ExecutionStore, 'readInputs'>;
  readonly #conditions: ReadonlyArray<{ readonly path: InputCondition['path']; readonly value: Json }>;
  #bytesLeft = BYTES;

  constructor(store: Pick<ExecutionStore, 'readInputs'>, conditions: readonly InputCondition[]) {
    this.#store = store;
    this.#conditions = conditions.map(({ path, value }) => ({ path, value: parseJson(value) }));
  }

  async judge(executionIds: readonly string[]): Promise<ReadonlyMap<string, Verdict>> {
    const verdicts = new Map<string, Verdict>();
    for (let done = 0; done < executionIds.length; ) {
      if (this.#bytesLeft <= 0) {
        for (const executionId of executionIds.slice(done)) verdicts.set(executionId, 'unread');
        break;
      }
      const read = await this.#store.readInputs(executionIds.slice(done), BYTES_AT_ONCE);
      for (const { executionId, input } of read) {
        this.#bytesLeft -= input?.length ?? 0;
        verdicts.set(executionId, input === null ? 'encrypted' : this.#holds(input) ? 'fits' : 'no');
      }
      if (read.length === 0) throw new Error('readInputs answered nothing');
      done += read.length;
    }
    return verdicts;
  }

  #holds(input: string): boolean {
    const value = parseJson(input);
    return this.#conditions.every(({ path, value: wanted }) => {
      const found = at(value, path);
      return found !== undefined && equals(found, wanted);
    });
  }
}

function at(value: Json, path: InputCondition['path']): Json | undefined {
  let here: Json | undefined = value;
  for (const step of path) {
    if (typeof step === 'number') here = Array.isArray(here) ? here[step] : undefined;
    else here = isObject(here) ? getOwn(here, step) : undefined;
    if (here === undefined) return undefined;
  }
  return here;
}
