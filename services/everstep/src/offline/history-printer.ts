import { type HistoryEvent, type Json, jsonText } from '@everstep/language';
import { epochSeconds } from '@everstep/protocol';
import { type Paint, type Style, printable } from '../terminal/styles.ts';

/** An event in AWS's shape, one JSON text a line. */
export function eventAsJson(event: HistoryEvent): string {
  return JSON.stringify({ ...event, timestamp: epochSeconds(event.timestamp) });
}

type NamedDetails = { readonly name?: string | undefined } | undefined;
type IterationDetails = { readonly name?: string | undefined; readonly index?: number | undefined } | undefined;

/** An event as it is shown: that of the language, or of any client of the API. */
export interface ShownEvent {
  readonly id: number;
  readonly previousEventId: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly type: string;
  readonly stateEnteredEventDetails?: NamedDetails;
  readonly stateExitedEventDetails?: NamedDetails;
  readonly evaluationFailedEventDetails?: { readonly state?: string | undefined } | undefined;
  readonly mapIterationStartedEventDetails?: IterationDetails;
  readonly mapIterationSucceededEventDetails?: IterationDetails;
  readonly mapIterationFailedEventDetails?: IterationDetails;
  readonly mapIterationAbortedEventDetails?: IterationDetails;
}

export interface LineOptions {
  /** Milliseconds since the epoch. */
  readonly startTime: number;
  /** Characters of a line; data is cut to fit. */
  readonly width: number;
  readonly paint: Paint;
}

/** Prints events as lines of time, id, type, state and the data in short. */
export class HistoryLines {
  readonly #options: LineOptions;
  readonly #states: EventStates;

  constructor(options: LineOptions, states: EventStates) {
    this.#options = options;
    this.#states = states;
  }

  line(event: ShownEvent): string {
    const { startTime, width, paint } = this.#options;
    const time = `+${duration(event.timestamp - startTime)}`.padStart(TIME_WIDTH);
    const id = String(event.id).padStart(5);
    const type = event.type.padEnd(TYPE_WIDTH);
    const state = fitted(printable(this.#states.labelOf(event)), STATE_WIDTH);
    const room = Math.max(20, width - TIME_WIDTH - 5 - TYPE_WIDTH - STATE_WIDTH - 8);
    const data = cut(printable(shortData(event)), room);
    const line = `${paint('dim', time)} ${paint('dim', id)}  ${paint(styleOf(event), type)}  ${state}  ${data}`;
    return line.trimEnd();
  }
}

const TIME_WIDTH = 16;
const TYPE_WIDTH = 25;
const STATE_WIDTH = 18;

function styleOf({ type }: ShownEvent): Style {
  if (/(Failed|TimedOut|Aborted)$/.test(type)) return 'red';
  if (type.endsWith('Succeeded')) return 'green';
  if (/(Scheduled|Started|Submitted)$/.test(type)) return 'yellow';
  return 'cyan';
}

/** Knows to which state each event belongs: by its own details, or those of the events before it. */
export class EventStates {
  readonly #names = new Map<number, string>();

  note(event: ShownEvent): void {
    const named = event.stateEnteredEventDetails ?? event.stateExitedEventDetails ?? iteration(event);
    const state = event.evaluationFailedEventDetails?.state;
    const isOfExecution = event.type.startsWith('Execution');
    const name = isOfExecution ? '' : (named?.name ?? state ?? this.#names.get(event.previousEventId) ?? '');
    this.#names.set(event.id, name);
  }

  nameOf(event: ShownEvent): string {
    return this.#names.get(event.id) ?? '';
  }

  labelOf(event: ShownEvent): string {
    const index = iteration(event)?.index;
    return index === undefined ? this.nameOf(event) : `${this.nameOf(event)}[${index}]`;
  }
}

function iteration(event: ShownEvent): IterationDetails {
  return (
    event.mapIterationStartedEventDetails ??
    event.mapIterationSucceededEventDetails ??
    event.mapIterationFailedEventDetails ??
    event.mapIterationAbortedEventDetails
  );
}

/** The one thing of an event's details that tells most. */
function shortData(event: ShownEvent): string {
  const { id: _id, previousEventId: _previous, timestamp: _timestamp, type: _type, ...details } = event;
  const [found] = Object.values<object | undefined>({ ...details }).filter((each) => each !== undefined);
  const detail = new Map<string, unknown>(Object.entries(found ?? {}));
  const text = (name: string): string | null => {
    const value = detail.get(name);
    return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
  };
  const error = [text('error'), text('cause')].filter((each) => each !== null);
  if (error.length > 0) return error.join(': ');
  for (const name of ['length', 'workerName', 'mapRunArn']) if (text(name) !== null) return `${name} ${text(name)}`;
  return text('parameters') ?? text('output') ?? text('input') ?? '';
}

/** `1.500s`, `2m05.000s`, `3d04h00m00.000s`. */
export function duration(milliseconds: number): string {
  const seconds = (milliseconds % 60_000) / 1000;
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes === 0) return `${seconds.toFixed(3)}s`;
  const rest = `${seconds.toFixed(3).padStart(6, '0')}s`;
  if (minutes < 60) return `${minutes}m${rest}`;
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h${two(minutes % 60)}m${rest}`;
  return `${Math.floor(hours / 24)}d${two(hours % 24)}h${two(minutes % 60)}m${rest}`;
}

function fitted(text: string, width: number): string {
  return cut(text, width).padEnd(width);
}

function cut(text: string, width: number): string {
  const characters = Array.from(text);
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`;
}

/** JSON for people: over several lines, numbers as they are. */
export function prettyJson(value: Json): string {
  return JSON.stringify(value, null, 2) ?? jsonText(value);
}
