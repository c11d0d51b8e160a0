import { ApiError } from './errors.ts';
import { QUOTAS } from './quotas.ts';

// White space, brackets, wildcards, AWS's special characters, control characters, surrogates (so nothing beyond the
// first plane) and the last two code points. Stated for CreateStateMachine, StartExecution and CreateActivity alike.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
const FORBIDDEN = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}\p{Cs}\ufffe\uffff\u{10000}-\u{10ffff}]/u;

/** Whether AWS takes the text as the name of a state machine, an execution or an activity. */
export function isValidName(name: string): boolean {
  return name.length >= 1 && name.length <= QUOTAS.nameLength && !FORBIDDEN.test(name);
}

/** Errors: InvalidName. */
export function requireName(name: string): void {
  if (!isValidName(name)) throw new ApiError('InvalidName', `Invalid Name: '${name}'`);
}
