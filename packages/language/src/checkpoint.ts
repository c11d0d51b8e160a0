import { errorOf, invariant } from './errors.ts';
import {
  CHECKPOINT_FORMAT,
  type ExecutionFacts,
  type ExecutionHead,
  type ExecutionState,
  type Frame,
  type ItemsRecord,
  type JobPoll,
  type PendingMapRun,
  type PendingTask,
  type Waiting,
} from './execution-state.ts';
import { type FormatUpgrade, UPGRADES, upgradesFrom } from './format-upgrades.ts';
import { type Json, type JsonObject, jsonText, setOwn } from './json.ts';
import { ROOT_FRAME, newFrame } from './frames.ts';
import { RecordReader } from './record-reader.ts';
import { itemsRecordId } from './run.ts';
import type { TaskResource } from './syntax/state-machine.ts';

/**
 * The stored form of an execution: its head, one record per frame, and one per Map in progress with the items. Data
 * values keep their text, so a round trip loses nothing, and writing a record costs no second conversion of a value
 * whose text is already known.
 */
export interface StoredRecord {
  /** A frame's id, or `<frame id>.items`. */
  readonly id: string;
  readonly data: string;
}

/** An execution before its Start. */
export function createExecution(facts: ExecutionFacts): ExecutionState {
  const head: ExecutionHead = {
    format: CHECKPOINT_FORMAT,
    status: 'RUNNING',
    lastEventId: 0,
    lastEventTime: facts.startTime,
    timeoutAt: null,
    redriveCount: 0,
    stateTransitions: 0,
  };
  return { facts, head, frames: new Map(), items: new Map() };
}

/**
 * Throws an InvariantError where the records are not what `saveHead` and `saveRecord` wrote. Records of an older format
 * are upgraded as they are read; all of them must be written again then ({@link recordIds}).
 */
export function loadExecution(
  facts: ExecutionFacts,
  checkpoint: string,
  records: ReadonlyArray<StoredRecord>,
  upgrades: ReadonlyMap<number, FormatUpgrade> = UPGRADES,
): ExecutionState {
  const stored = RecordReader.parse(checkpoint, 'the checkpoint');
  const steps = upgradesFrom(stored.number('format'), upgrades);
  const reader = stored.upgraded((head) => steps.reduce((value, step) => step.head(value), head));
  const parse = (data: string, id: string, what: string): RecordReader =>
    RecordReader.parse(data, what).upgraded((record) => steps.reduce((value, step) => step.record(value, id), record));
  const head = readHead(reader);
  const items = new Map<string, ItemsRecord>();
  const suffix = itemsRecordId('');
  for (const { id, data } of records) {
    if (id.endsWith(suffix)) items.set(id.slice(0, -suffix.length), readItems(parse(data, id, `record ${id}`)));
  }
  const frames = new Map<string, Frame>();
  const root = reader.nullable('root', (name) => readFrame(reader.inner(name), ROOT_FRAME, undefined));
  if (root !== null) frames.set(ROOT_FRAME, root);
  for (const { id, data } of records) {
    // A record of the root may be left from a time when it had children: the checkpoint is newer, and what that record
    // shared with the items of a Map may be gone.
    if (id.endsWith(suffix) || (id === ROOT_FRAME && root !== null)) continue;
    frames.set(id, readFrame(parse(data, id, `frame ${id}`), id, items.get(id)));
  }
  return { facts, head, frames, items };
}

/** What is stored of an execution, whatever of it can be read. */
export interface StoredWork {
  readonly checkpoint: string;
  /** That of the checkpoint, as it is known without reading it. */
  readonly format: number;
  readonly records: ReadonlyArray<StoredRecord>;
}

/**
 * What an execution waits for, and nothing of its data: enough to end it where it cannot go on. Each record is read by
 * itself, so that what is wrong with one hides no other. `isWhole`: all of them could be read. `unknown` stands for a head
 * that cannot.
 */
export function loadOpenWork(
  facts: ExecutionFacts,
  { checkpoint, format, records }: StoredWork,
  unknown: ExecutionHead,
): { readonly execution: ExecutionState; readonly isWhole: boolean } {
  let isWhole = true;
  const tryTo = <Value>(read: () => Value): Value | null => {
    try {
      return read();
    } catch {
      // Whatever is wrong with it.
      isWhole = false;
      return null;
    }
  };
  const frames = new Map<string, Frame>();
  const note = (id: string, waiting: Waiting | null): void => {
    const isOpen = waiting?.kind === 'task' || waiting?.kind === 'mapRun';
    if (isOpen) frames.set(id, { ...newFrame({ parent: null, index: 0 }, '', null, 0), id, waiting });
  };
  const steps = tryTo(() => upgradesFrom(format)) ?? [];
  const read = tryTo(() => {
    const reader = RecordReader.parse(checkpoint, 'the checkpoint').upgraded((stored) =>
      steps.reduce((value, step) => step.head(value), stored),
    );
    const root = reader.nullable('root', (name) => ({ waiting: waitingOf(reader.inner(name)) }));
    return { head: readHead(reader), root };
  });
  for (const { id, data } of records) {
    if (id.endsWith(itemsRecordId('')) || (id === ROOT_FRAME && read !== null && read.root !== null)) continue;
    tryTo(() => {
      const reader = RecordReader.parse(data, `frame ${id}`);
      note(id, waitingOf(reader.upgraded((record) => steps.reduce((value, step) => step.record(value, id), record))));
    });
  }
  note(ROOT_FRAME, read?.root?.waiting ?? null);
  return { execution: { facts, head: read?.head ?? unknown, frames, items: new Map() }, isWhole };
}

/**
 * The checkpoint, written with every commit: the head, and the root frame for as long as it runs alone, which saves the
 * usual execution a second row. While the root waits for children it is a record of its own, because they change and it
 * does not; {@link isInCheckpoint} tells which.
 */
export function saveHead(execution: ExecutionState): string {
  const root = execution.frames.get(ROOT_FRAME);
  const text = root === undefined || !isInCheckpoint(execution, ROOT_FRAME) ? 'null' : frameText(root, false);
  return `${JSON.stringify(execution.head).slice(0, -1)},"root":${text}}`;
}

/** The ids of all records that the execution has beside its checkpoint. */
export function recordIds(execution: ExecutionState): string[] {
  const frames = [...execution.frames.keys()].filter((id) => !isInCheckpoint(execution, id));
  return [...frames, ...[...execution.items.keys()].map(itemsRecordId)];
}

/** Whether a changed record is part of the checkpoint and needs no row of its own. */
export function isInCheckpoint(execution: ExecutionState, id: string): boolean {
  return id === ROOT_FRAME && execution.frames.get(id)?.waiting?.kind !== 'children';
}

/** One record by its id, as named in a transition's changes. */
export function saveRecord(execution: ExecutionState, id: string): string {
  const suffix = itemsRecordId('');
  if (id.endsWith(suffix)) {
    const record = execution.items.get(id.slice(0, -suffix.length));
    invariant(record !== undefined, 'there is no record', id);
    return itemsText(record);
  }
  const frame = execution.frames.get(id);
  invariant(frame !== undefined, 'there is no frame', id);
  return frameText(frame, execution.items.has(id));
}

function readHead(reader: RecordReader): ExecutionHead {
  return {
    format: CHECKPOINT_FORMAT,
    status: reader.word('status', ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']),
    lastEventId: reader.number('lastEventId'),
    lastEventTime: reader.number('lastEventTime'),
    timeoutAt: reader.nullable('timeoutAt', (name) => reader.number(name)),
    redriveCount: reader.number('redriveCount'),
    ...(reader.has('redriveTime') ? { redriveTime: reader.number('redriveTime') } : {}),
    stateTransitions: reader.number('stateTransitions'),
  };
}

/**
 * A frame whose items record exists leaves its own data there. Written member by member, because this runs with every
 * commit: building an object for JSON.stringify costs three times as much.
 */
function frameText(frame: Frame, hasItems: boolean): string {
  const data = hasItems ? '' : `,"input":${jsonText(frame.input)},"variables":${objectText(frame.variables)}`;
  const waiting = frame.waiting === null ? 'null' : waitingText(frame.waiting);
  return (
    `{"id":${JSON.stringify(frame.id)},"parent":${JSON.stringify(frame.parent)},"index":${frame.index},` +
    `"state":${JSON.stringify(frame.state)},"enteredEventId":${frame.enteredEventId},` +
    `"enteredTime":${frame.enteredTime},"lastEventId":${frame.lastEventId},` +
    `"retrierAttempts":[${frame.retrierAttempts.join(',')}],"retryCount":${frame.retryCount},` +
    `"waiting":${waiting}${data}}`
  );
}

function waitingText(waiting: Waiting): string {
  if (waiting.kind === 'done') return `{"kind":"done","output":${jsonText(waiting.output)}}`;
  if (waiting.kind === 'task') return `{"kind":"task","task":${taskText(waiting.task)}}`;
  return JSON.stringify(waiting);
}

function taskText(task: PendingTask): string {
  return (
    `{"taskId":${task.taskId},"stateName":${JSON.stringify(task.stateName)},"resource":${resourceText(task.resource)},` +
    `"parameters":${jsonText(task.parameters)},"roleArn":${JSON.stringify(task.roleArn)},` +
    `"token":${JSON.stringify(task.token)},"phase":"${task.phase}","timeoutSeconds":${task.timeoutSeconds},` +
    `"heartbeatSeconds":${task.heartbeatSeconds},"timeoutAt":${task.timeoutAt},"heartbeatAt":${task.heartbeatAt},` +
    `"poll":${pollText(task.poll)},"early":${earlyText(task.early)}${task.limited ? ',"limited":true' : ''}}`
  );
}

/** A definition's resources are few and never change. */
const resourceTexts = new WeakMap<TaskResource, string>();

function resourceText(resource: TaskResource): string {
  const known = resourceTexts.get(resource);
  if (known !== undefined) return known;
  const text = JSON.stringify(resource);
  resourceTexts.set(resource, text);
  return text;
}

function pollText(poll: JobPoll | null): string {
  return poll === null ? 'null' : `{"job":${jsonText(poll.job)},"at":${poll.at},"count":${poll.count}}`;
}

function earlyText(early: PendingTask['early']): string {
  if (early === null || !early.ok) return JSON.stringify(early);
  return `{"ok":true,"output":${jsonText(early.output)}}`;
}

function itemsText(record: ItemsRecord): string {
  const items = record.items.map((item) => jsonText(item)).join(',');
  return (
    `{"items":[${items}],"keys":${JSON.stringify(record.keys)},` +
    `"parentInput":${jsonText(record.parentInput)},"parentVariables":${objectText(record.parentVariables)}}`
  );
}

function objectText(object: Readonly<Record<string, Json>>): string {
  const texts = Object.entries(object).map(([name, value]) => `${JSON.stringify(name)}:${jsonText(value)}`);
  return `{${texts.join(',')}}`;
}

function readFrame(reader: RecordReader, id: string, items: ItemsRecord | undefined): Frame {
  invariant(reader.text('id') === id, 'frame', id, 'is stored as', reader.text('id'));
  return {
    id,
    parent: reader.nullable('parent', (name) => reader.text(name)),
    index: reader.number('index'),
    state: reader.text('state'),
    enteredEventId: reader.number('enteredEventId'),
    enteredTime: reader.number('enteredTime'),
    lastEventId: reader.number('lastEventId'),
    input: items === undefined ? reader.json('input') : items.parentInput,
    variables: items === undefined ? reader.object('variables') : copy(items.parentVariables),
    retrierAttempts: reader.list('retrierAttempts').map(Number),
    retryCount: reader.number('retryCount'),
    waiting: waitingOf(reader),
  };
}

function waitingOf(reader: RecordReader): Waiting | null {
  return reader.nullable('waiting', (name) => readWaiting(reader.inner(name)));
}

function copy(variables: Readonly<Record<string, Json>>): Record<string, Json> {
  const result: JsonObject = {};
  for (const [name, value] of Object.entries(variables)) setOwn(result, name, value);
  return result;
}

function readWaiting(reader: RecordReader): Waiting {
  const kind = reader.word('kind', ['timer', 'retry', 'task', 'mapRun', 'children', 'done']);
  switch (kind) {
    case 'timer':
    case 'retry':
      return { kind, until: reader.number('until') };
    case 'task':
      return { kind, task: readTask(reader.inner('task')) };
    case 'mapRun':
      return { kind, mapRun: readMapRun(reader.inner('mapRun')) };
    case 'children':
      return {
        kind,
        total: reader.number('total'),
        next: reader.number('next'),
        open: reader.number('open'),
        succeeded: reader.number('succeeded'),
        failed: reader.number('failed'),
        maxConcurrency: reader.number('maxConcurrency'),
        toleratedFailures: reader.number('toleratedFailures'),
      };
    case 'done':
      return { kind, output: reader.json('output') };
  }
}

function readMapRun(reader: RecordReader): PendingMapRun {
  return {
    taskId: reader.number('taskId'),
    mapRunId: reader.text('mapRunId'),
    mapRunArn: reader.text('mapRunArn'),
    redriveCount: reader.number('redriveCount'),
    succeeded: reader.boolean('succeeded'),
  };
}

function readTask(reader: RecordReader): PendingTask {
  const number = (name: string): number => reader.number(name);
  const text = (name: string): string => reader.text(name);
  return {
    taskId: reader.number('taskId'),
    stateName: reader.text('stateName'),
    resource: readResource(reader.inner('resource')),
    parameters: reader.json('parameters'),
    roleArn: reader.nullable('roleArn', text),
    token: reader.nullable('token', text),
    phase: reader.word('phase', ['limited', 'scheduled', 'submitted']),
    limited: reader.has('limited') && reader.boolean('limited'),
    timeoutSeconds: reader.nullable('timeoutSeconds', number),
    heartbeatSeconds: reader.nullable('heartbeatSeconds', number),
    timeoutAt: reader.nullable('timeoutAt', number),
    heartbeatAt: reader.nullable('heartbeatAt', number),
    poll: reader.nullable('poll', (name) => readPoll(reader.inner(name))),
    early: reader.nullable('early', (name) => readEarly(reader.inner(name))),
  };
}

function readPoll(reader: RecordReader): JobPoll {
  return { job: reader.json('job'), at: reader.number('at'), count: reader.number('count') };
}

function readEarly(reader: RecordReader): NonNullable<PendingTask['early']> {
  if (reader.boolean('ok')) return { ok: true, output: reader.json('output') };
  return { ok: false, ...errorOf({ error: reader.optionalText('error'), cause: reader.optionalText('cause') }) };
}

function readResource(reader: RecordReader): TaskResource {
  return {
    arn: reader.text('arn'),
    kind: reader.word('kind', ['lambda', 'activity', 'integration']),
    service: reader.text('service'),
    action: reader.text('action'),
    operation: reader.text('operation'),
    pattern: reader.word('pattern', ['requestResponse', 'sync', 'waitForTaskToken']),
    syncVersion: reader.number('syncVersion') === 2 ? 2 : 1,
  };
}

function readItems(reader: RecordReader): ItemsRecord {
  return {
    items: reader.list('items'),
    keys: reader.nullable('keys', (name) => reader.list(name).map(String)),
    parentInput: reader.json('parentInput'),
    parentVariables: reader.object('parentVariables'),
  };
}
