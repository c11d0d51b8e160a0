import { type Json, type JsonObject, getOwn, isNumber, isObject } from '@everstep/language';

type Check = (value: Json, path: string) => string | null;

const text: Check = (value, path) => (typeof value === 'string' ? null : `${path} must be a string`);
const number: Check = (value, path) => (isNumber(value) ? null : `${path} must be a number`);
const anything: Check = () => null;

/** The context object's sections and their fields. */
const SECTIONS: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  Execution: {
    Id: text,
    Input: anything,
    Name: text,
    RoleArn: text,
    StartTime: text,
    RedriveCount: number,
    RedriveTime: text,
  },
  State: { EnteredTime: text, Name: text, RetryCount: number },
  StateMachine: { Id: text, Name: text },
  Task: { Token: text },
};

/**
 * What is wrong with a mocked context object, in AWS's words; null: nothing. Every section and every field may be left
 * out. https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
 */
export function contextProblem(context: JsonObject): string | null {
  for (const [section, value] of Object.entries(context)) {
    if (section === 'Map') return "'Map' field is not supported when mocking a Context object";
    const problem = sectionProblem(section, value);
    if (problem !== null) return problem;
  }
  return null;
}

function sectionProblem(section: string, value: Json): string | null {
  const fields = Object.hasOwn(SECTIONS, section) ? SECTIONS[section] : undefined;
  if (fields === undefined) return `Field '${section}' is not allowed`;
  if (!isObject(value)) return `${section} must be an object`;
  for (const name of Object.keys(value)) {
    const check = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (check === undefined) return `Field '${name}' is not allowed`;
    const problem = check(getOwn(value, name) ?? null, `${section}.${name}`);
    if (problem !== null) return problem;
  }
  return null;
}
