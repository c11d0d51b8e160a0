import { type Json, type JsonObject, isNumber, isObject, jsonText, toNumber, utf8Length } from '@everstep/language';

/** What a state asks people for: its parameters, read once when the task is performed. */
export interface ApprovalRequest {
  readonly title: string;
  /** Markdown. */
  readonly description: string | null;
  /** JSON text of a JSON Schema. */
  readonly form: string | null;
  /** What the form begins with: JSON text. */
  readonly data: string;
  /** Shown, and not to be changed: JSON text. */
  readonly context: string | null;
  readonly choices: readonly ApprovalChoice[];
  readonly assignees: readonly string[];
  readonly groups: readonly string[];
  /** Milliseconds since the epoch. */
  readonly dueAt: number | null;
  /** When to remind of it, ascending. */
  readonly reminders: readonly number[];
  readonly escalation: ApprovalEscalation | null;
  readonly notify: readonly ApprovalNotify[];
}

export interface ApprovalChoice {
  readonly name: string;
  readonly label: string;
  readonly style: 'primary' | 'danger' | 'default';
  /** The task fails with it; null: it succeeds. */
  readonly error: string | null;
  readonly commentRequired: boolean;
  /** Persons that must take it. */
  readonly quorum: number;
}

export interface ApprovalEscalation {
  readonly at: number;
  readonly assignees: readonly string[];
  readonly groups: readonly string[];
}

export type ApprovalNotify =
  | { readonly kind: 'webhook'; readonly url: string; readonly connectionArn: string | null }
  | { readonly kind: 'smtp'; readonly target: string; readonly to: readonly string[]; readonly from: string | null };

export const REJECTED_ERROR = 'Approval.Rejected';

const TITLE_LENGTH = 256;
const NAME_LENGTH = 128;
const DESCRIPTION_BYTES = 32 * 1024;
const MAX_PEOPLE = 100;
const MAX_CHOICES = 10;
const MAX_REMINDERS = 20;
const MAX_NOTIFY = 10;
const MAX_QUORUM = 100;

/** What is wrong with a state's parameters: which member, and what would be right. */
export class ApprovalParameterError extends Error {}

function wrong(member: string, what: string): ApprovalParameterError {
  return new ApprovalParameterError(`The field '${member}' ${what}.`);
}

/**
 * Reads the parameters of `everstep:approval.waitForTaskToken`. `now`: milliseconds since the epoch, from which what is
 * told in seconds counts. Throws ApprovalParameterErrors.
 */
export function readApprovalRequest(parameters: JsonObject, now: number): ApprovalRequest {
  const title = textIn(parameters, 'Title', TITLE_LENGTH);
  if (title === null) throw wrong('Title', `must be a text of 1 to ${TITLE_LENGTH} characters`);
  const dueAt = readDue(parameters, now);
  const description = textIn(parameters, 'Description', Number.POSITIVE_INFINITY);
  if (utf8Length(description ?? '') > DESCRIPTION_BYTES) {
    throw wrong('Description', `must not be longer than ${DESCRIPTION_BYTES} bytes`);
  }
  const form = parameters['Form'] ?? null;
  if (form !== null && !isObject(form)) throw wrong('Form', 'must be a JSON Schema, an object');
  return {
    title,
    description,
    form: form === null ? null : jsonText(form),
    data: jsonText(parameters['Data'] ?? {}),
    context: parameters['Context'] === undefined ? null : jsonText(parameters['Context']),
    choices: readChoices(parameters['Choices'], numberIn(parameters, 'Quorum', 1, MAX_QUORUM) ?? 1),
    assignees: namesIn(parameters, 'Assignees'),
    groups: namesIn(parameters, 'Groups'),
    dueAt,
    reminders: readReminders(parameters['Reminders'], now, dueAt),
    escalation: readEscalation(parameters['Escalation'], now, dueAt),
    notify: readNotify(parameters['Notify']),
  };
}

function readDue(parameters: JsonObject, now: number): number | null {
  const seconds = numberIn(parameters, 'DueSeconds', 0, MAX_SECONDS);
  const text = textIn(parameters, 'Due', NAME_LENGTH);
  if (text === null) return seconds === null ? null : now + seconds * 1_000;
  if (seconds !== null) throw wrong('Due', "and 'DueSeconds' exclude one another");
  const at = Date.parse(text);
  if (Number.isNaN(at) || !/^\d{4}-\d{2}-\d{2}T/.test(text)) {
    throw wrong('Due', `must be a time such as 2026-12-01T12:00:00Z, and is '${text.slice(0, NAME_LENGTH)}'`);
  }
  return at;
}

function readChoices(given: Json | undefined, quorum: number): ApprovalChoice[] {
  if (given === undefined || given === null) {
    const plain = { commentRequired: false } as const;
    return [
      { ...plain, name: 'approve', label: 'Approve', style: 'primary', error: null, quorum },
      { ...plain, name: 'reject', label: 'Reject', style: 'danger', error: REJECTED_ERROR, quorum: 1 },
    ];
  }
  if (!Array.isArray(given) || given.length === 0 || given.length > MAX_CHOICES) {
    throw wrong('Choices', `must be a list of 1 to ${MAX_CHOICES} choices`);
  }
  const choices = given.map((choice, index) => readChoice(choice, `Choices[${index}]`, quorum));
  const names = new Set(choices.map(({ name }) => name));
  if (names.size < choices.length) throw wrong('Choices', 'must not have two choices of one Name');
  return choices;
}

const STYLES = ['primary', 'danger', 'default'] as const;

function readChoice(given: Json, path: string, common: number): ApprovalChoice {
  const choice = objectOf(given, path, ['Name', 'Label', 'Style', 'Error', 'CommentRequired', 'Quorum']);
  const name = textIn(choice, 'Name', NAME_LENGTH, path);
  if (name === null) throw wrong(`${path}.Name`, 'is required but was missing');
  const error = textIn(choice, 'Error', NAME_LENGTH * 2, path);
  const styleText = textIn(choice, 'Style', NAME_LENGTH, path);
  const style = STYLES.find((known) => known === (styleText ?? (error === null ? 'default' : 'danger')));
  if (style === undefined) throw wrong(`${path}.Style`, `must be one of ${STYLES.join(', ')}`);
  const commentRequired = choice['CommentRequired'] ?? false;
  if (typeof commentRequired !== 'boolean') throw wrong(`${path}.CommentRequired`, 'must be a BOOLEAN');
  const quorum = numberIn(choice, 'Quorum', 1, MAX_QUORUM, path) ?? (error === null ? common : 1);
  return { name, label: textIn(choice, 'Label', NAME_LENGTH, path) ?? name, style, error, commentRequired, quorum };
}

function readReminders(given: Json | undefined, now: number, dueAt: number | null): number[] {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given) || given.length > MAX_REMINDERS) {
    throw wrong('Reminders', `must be a list of at most ${MAX_REMINDERS} reminders`);
  }
  const times = given.map((reminder, index) => {
    const path = `Reminders[${index}]`;
    const one = objectOf(reminder, path, ['AfterSeconds', 'BeforeDueSeconds']);
    const after = secondsIn(one, 'AfterSeconds', path);
    const before = secondsIn(one, 'BeforeDueSeconds', path);
    if ((after === null) === (before === null)) {
      throw wrong(path, "must have one of 'AfterSeconds' and 'BeforeDueSeconds'");
    }
    if (after !== null) return now + after * 1_000;
    if (dueAt === null) throw wrong(`${path}.BeforeDueSeconds`, "needs 'Due' or 'DueSeconds'");
    return dueAt - (before ?? 0) * 1_000;
  });
  // One whose time has passed before it was asked for would say what the first notice says.
  return times.filter((at) => at > now).toSorted((left, right) => left - right);
}

function readEscalation(given: Json | undefined, now: number, dueAt: number | null): ApprovalEscalation | null {
  if (given === undefined || given === null) return null;
  const escalation = objectOf(given, 'Escalation', ['AfterSeconds', 'Assignees', 'Groups']);
  const after = secondsIn(escalation, 'AfterSeconds', 'Escalation');
  const at = after === null ? dueAt : now + after * 1_000;
  if (at === null) throw wrong('Escalation', "needs 'AfterSeconds', where there is no 'Due'");
  const assignees = namesIn(escalation, 'Assignees', 'Escalation');
  const groups = namesIn(escalation, 'Groups', 'Escalation');
  if (assignees.length + groups.length === 0) throw wrong('Escalation', "needs 'Assignees' or 'Groups'");
  return { at, assignees, groups };
}

function readNotify(given: Json | undefined): ApprovalNotify[] {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given) || given.length > MAX_NOTIFY) {
    throw wrong('Notify', `must be a list of at most ${MAX_NOTIFY} ways`);
  }
  return given.map((way, index) => {
    const path = `Notify[${index}]`;
    const one = objectOf(way, path, ['Webhook', 'ConnectionArn', 'Smtp', 'To', 'From']);
    const url = textIn(one, 'Webhook', DESCRIPTION_BYTES, path);
    const target = textIn(one, 'Smtp', NAME_LENGTH, path);
    if ((url === null) === (target === null)) throw wrong(path, "must have one of 'Webhook' and 'Smtp'");
    if (url !== null) {
      if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
        throw wrong(`${path}.Webhook`, 'must be an address of http or https');
      }
      return { kind: 'webhook', url, connectionArn: textIn(one, 'ConnectionArn', DESCRIPTION_BYTES, path) };
    }
    const to = namesIn(one, 'To', path);
    if (to.length === 0) throw wrong(`${path}.To`, 'must name at least one address');
    const no = to.find((address) => !ADDRESS.test(address));
    if (no !== undefined) throw wrong(`${path}.To`, `must hold one address each, such as ann@example.org, not '${no}'`);
    return { kind: 'smtp', target: target ?? '', to, from: textIn(one, 'From', TITLE_LENGTH, path) };
  });
}

/** One mailbox: whoever gets a mail has a link of their own. */
const ADDRESS = /^[^\s,;:<>()"@]+@[^\s,;:<>()"@]+$/;

function objectOf(given: Json, path: string, members: readonly string[]): JsonObject {
  if (!isObject(given)) throw wrong(path, `must be a MAP with some of ${members.join(', ')}`);
  const unknown = Object.keys(given).find((name) => !members.includes(name));
  if (unknown !== undefined) throw wrong(`${path}.${unknown}`, `is not supported; there are ${members.join(', ')}`);
  return given;
}

function textIn(object: JsonObject, name: string, most: number, path?: string): string | null {
  const value = object[name] ?? null;
  if (value === null) return null;
  const member = path === undefined ? name : `${path}.${name}`;
  if (typeof value !== 'string' || value === '') throw wrong(member, 'must be a STRING that is not empty');
  if (value.length > most) throw wrong(member, `must not be longer than ${most} characters`);
  return value;
}

function numberIn(object: JsonObject, name: string, least: number, most: number, path?: string): number | null {
  const value = object[name] ?? null;
  if (value === null) return null;
  const number = isNumber(value) ? toNumber(value) : Number.NaN;
  if (!Number.isInteger(number)) {
    throw wrong(path === undefined ? name : `${path}.${name}`, 'must be an INTEGER');
  }
  if (number < least || number > most) {
    throw wrong(path === undefined ? name : `${path}.${name}`, `must lie between ${least} and ${most}`);
  }
  return number;
}

/** A hundred years: what is beyond has been mistyped. */
const MAX_SECONDS = 3_155_760_000;

function secondsIn(object: JsonObject, name: string, path: string): number | null {
  return numberIn(object, name, 0, MAX_SECONDS, path);
}

function namesIn(object: JsonObject, name: string, path?: string): string[] {
  const value = object[name] ?? null;
  if (value === null) return [];
  const list = Array.isArray(value) ? value : [value];
  const names: string[] = [];
  for (const one of list) {
    if (typeof one !== 'string' || one === '' || one.length > NAME_LENGTH * 2) {
      throw wrong(path === undefined ? name : `${path}.${name}`, 'must be a STRING or a LIST of STRINGs');
    }
    if (!names.includes(one)) names.push(one);
  }
  if (names.length > MAX_PEOPLE) {
    throw wrong(path === undefined ? name : `${path}.${name}`, `must not name more than ${MAX_PEOPLE}`);
  }
  return names;
}
