import { type Json, type JsonObject, isNumber, isObject, toNumber } from '../json.ts';

/**
 * What an installation's own services take, under `arn:aws:states:::everstep:<service>:<operation>`: checked when a machine
 * is created as far as the definition shows it, and again before a task is performed.
 */
export interface OwnOperation {
  readonly suffixes: ReadonlySet<string>;
  readonly fields: Readonly<Record<string, OwnField>>;
}

export interface OwnField {
  readonly kind: 'text' | 'integer' | 'boolean' | 'list' | 'texts' | 'object' | 'json';
  readonly required: boolean;
}

const CALL: ReadonlySet<string> = new Set(['']);
const CALL_OR_CALLBACK: ReadonlySet<string> = new Set(['', '.waitForTaskToken']);
const JOB_OR_CALLBACK: ReadonlySet<string> = new Set(['', '.sync', '.waitForTaskToken']);
/** People answer later, or never. */
const CALLBACK: ReadonlySet<string> = new Set(['.waitForTaskToken']);

/** A kind that ends with `!` is required. */
type FieldSpelling = OwnField['kind'] | `${OwnField['kind']}!`;

function operation(suffixes: ReadonlySet<string>, spelled: Readonly<Record<string, FieldSpelling>>): OwnOperation {
  const fields = Object.entries(spelled).map(([name, spelling]): [string, OwnField] => {
    const required = spelling.endsWith('!');
    const kind = KINDS.find((candidate) => spelling === candidate || spelling === `${candidate}!`) ?? 'json';
    return [name, { kind, required }];
  });
  return { suffixes, fields: Object.fromEntries(fields) };
}

const KINDS: ReadonlyArray<OwnField['kind']> = ['text', 'integer', 'boolean', 'list', 'texts', 'object', 'json'];

const EVERSTEP = 'everstep';
const PREFIX = `${EVERSTEP}:`;

/** By service and operation, without `everstep:`. */
const OWN_OPERATIONS: ReadonlyMap<string, OwnOperation> = new Map([
  [
    'approval',
    operation(CALLBACK, {
      Title: 'text!',
      Description: 'text',
      Form: 'object',
      Data: 'json',
      Context: 'json',
      Choices: 'list',
      Assignees: 'texts',
      Groups: 'texts',
      Quorum: 'integer',
      Due: 'text',
      DueSeconds: 'integer',
      Reminders: 'list',
      Escalation: 'object',
      Notify: 'list',
    }),
  ],
  ['postgres:query', operation(CALL, { Target: 'text!', Sql: 'text!', Values: 'list', MaxRows: 'integer' })],
  [
    'bullmq:addJob',
    operation(JOB_OR_CALLBACK, {
      Target: 'text!',
      Queue: 'text!',
      Name: 'text!',
      Data: 'json',
      JobId: 'text',
      DelayMs: 'integer',
      Priority: 'integer',
      Attempts: 'integer',
      BackoffMs: 'integer',
    }),
  ],
  [
    'redis:xadd',
    operation(CALL_OR_CALLBACK, { Target: 'text!', Stream: 'text!', Fields: 'object!', MaxLength: 'integer' }),
  ],
  [
    'nats:publish',
    operation(CALL_OR_CALLBACK, {
      Target: 'text!',
      Subject: 'text!',
      Data: 'json',
      Headers: 'object',
      JetStream: 'boolean',
    }),
  ],
  [
    'rabbitmq:publish',
    operation(CALL_OR_CALLBACK, {
      Target: 'text!',
      Exchange: 'text',
      RoutingKey: 'text!',
      Content: 'json!',
      ContentType: 'text',
      Headers: 'object',
      Persistent: 'boolean',
      Mandatory: 'boolean',
      Priority: 'integer',
      ExpirationMs: 'integer',
      CorrelationId: 'text',
      Type: 'text',
    }),
  ],
  [
    'smtp:sendMail',
    operation(CALL_OR_CALLBACK, {
      Target: 'text!',
      From: 'text',
      To: 'texts!',
      Cc: 'texts',
      Bcc: 'texts',
      ReplyTo: 'texts',
      Subject: 'text!',
      Text: 'text',
      Html: 'text',
      Headers: 'object',
      Attachments: 'list',
    }),
  ],
  ['command:run', operation(CALL, { Command: 'text!', Arguments: 'list', Input: 'json' })],
]);

const OWN_SERVICES: ReadonlySet<string> = new Set([...OWN_OPERATIONS.keys()].map((name) => name.split(':')[0] ?? ''));

/** `service` as in a resource: `everstep:postgres`, or `everstep` itself for what has no service. Null: none of this version's own. */
export function ownOperation(service: string, name: string): OwnOperation | null {
  if (service === EVERSTEP) return OWN_OPERATIONS.get(name) ?? null;
  const own = ownService(service);
  return own === null ? null : (OWN_OPERATIONS.get(`${own}:${name}`) ?? null);
}

function ownService(service: string): string | null {
  return service.startsWith(PREFIX) ? service.slice(PREFIX.length) : null;
}

/** Whether a Resource is something that a Task can name. Other services than this version's own come from packages. */
export function isOwnResource(service: string, name: string, suffix: string): boolean {
  const isOfThisVersion =
    service === EVERSTEP ? ownOperation(service, name) !== null : OWN_SERVICES.has(ownService(service) ?? '');
  return !isOfThisVersion || ownOperation(service, name)?.suffixes.has(suffix) === true;
}

export interface ParameterProblem {
  /** The field that is at fault; null: one that is not there. */
  readonly field: string | null;
  readonly message: string;
}

/**
 * What is wrong with a task's parameters, in AWS's words. `isOpen`: whether a field's value is not known yet, as it is an
 * expression; its name may carry the `.$` of JSONPath.
 */
export function parameterProblems(
  { fields }: OwnOperation,
  parameters: JsonObject,
  isOpen: (name: string, value: Json) => boolean = () => false,
): ParameterProblem[] {
  const problems: ParameterProblem[] = [];
  const given = new Set<string>();
  for (const [written, value] of Object.entries(parameters)) {
    const open = isOpen(written, value);
    const name = open && written.endsWith('.$') ? written.slice(0, -2) : written;
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    given.add(name);
    if (field === undefined) {
      problems.push({ field: written, message: `The field '${name}' is not supported by Step Functions` });
    } else if (!open && !(value === null && !field.required) && !isOfKind(field.kind, value)) {
      problems.push({ field: written, message: `The value for the field '${name}' must be ${WORDS[field.kind]}` });
    }
  }
  for (const [name, { required }] of Object.entries(fields)) {
    if (required && !given.has(name)) {
      problems.push({ field: null, message: `The field '${name}' is required but was missing` });
    }
  }
  return problems;
}

const WORDS: Readonly<Record<OwnField['kind'], string>> = {
  text: 'a STRING',
  integer: 'a non-negative INTEGER',
  boolean: 'a BOOLEAN',
  list: 'a LIST',
  texts: 'a STRING or a LIST of STRINGs',
  object: 'a MAP',
  json: 'JSON',
};

function isOfKind(kind: OwnField['kind'], value: Json): boolean {
  switch (kind) {
    case 'text':
      return typeof value === 'string' && value !== '';
    case 'integer':
      return isNumber(value) && Number.isSafeInteger(toNumber(value)) && toNumber(value) >= 0;
    case 'boolean':
      return typeof value === 'boolean';
    case 'list':
      return Array.isArray(value);
    case 'texts':
      return typeof value === 'string' || (Array.isArray(value) && value.every((one) => typeof one === 'string'));
    case 'object':
      return isObject(value);
    case 'json':
      return true;
  }
}
