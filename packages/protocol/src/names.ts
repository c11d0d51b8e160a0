import { QUOTAS } from './quotas.ts';

// White space, brackets, wildcards, AWS's special characters, control characters, surrogates and the two last code
// points of the plane. Stated for CreateStateMachine, StartExecution and CreateActivity alike.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
const FORBIDDEN = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f\ud800-\udfff\ufffe\uffff]/;

/** Whether AWS takes the text as the name of a state machine, an execution or an activity. */
export function isValidName(name: string): boolean {
  return name.length >= 1 && name.length <= QUOTAS.nameLength && !FORBIDDEN.test(name);
}
