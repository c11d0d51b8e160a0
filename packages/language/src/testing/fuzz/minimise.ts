import type { FuzzCase } from './fuzz-case.ts';

/**
 * Smaller cases that fail alike, found by leaving out ever smaller pieces of the texts. Written as a conversation, so
 * that whoever tries the candidates may do so elsewhere, with a time-out: yields a candidate, takes whether it fails.
 */
export function* smallerCases(fuzzCase: FuzzCase, attempts: number): Generator<FuzzCase, FuzzCase, boolean> {
  let left = attempts;
  let smallest = fuzzCase;
  for (const member of ['input', 'text'] as const) {
    for (let size = Math.ceil(smallest[member].length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let at = 0; at < smallest[member].length; ) {
        if (left-- <= 0) return smallest;
        const whole: string = smallest[member];
        const candidate = { ...smallest, [member]: whole.slice(0, at) + whole.slice(at + size) };
        if (isUsable(candidate) && (yield candidate)) smallest = candidate;
        else at += size;
      }
    }
  }
  return smallest;
}

/** The input of a case is JSON: an execution has no other. */
function isUsable({ input }: FuzzCase): boolean {
  try {
    JSON.parse(input);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
