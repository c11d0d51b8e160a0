import { InvariantError } from '@everstep/language';
import type { ChildStatus } from './map-run-state.ts';

/** What arrives at a Map Run. */
export type MapRunSignal =
  /** One of its Standard children has ended. `items`: how many of them it was given in a batch. */
  | { readonly type: 'ChildEnded'; readonly index: number; readonly status: ChildStatus; readonly items: number }
  | { readonly type: 'Stop' }
  | { readonly type: 'Redrive'; readonly taskId: number }
  | {
      readonly type: 'Update';
      readonly maxConcurrency?: number;
      readonly toleratedFailureCount?: number;
      readonly toleratedFailurePercentage?: number;
    };

export function encodeSignal(signal: MapRunSignal): string {
  return JSON.stringify(signal);
}

/** The text was written by {@link encodeSignal}; anything else is a broken invariant. */
export function decodeSignal(text: string): MapRunSignal {
  const value: unknown = JSON.parse(text);
  if (!isParsedSignal(value))
    throw new InvariantError(`an inbox row of a Map Run holds no signal: ${text.slice(0, 200)}`);
  return value;
}

/** The parent's task that waits since a redrive; null: it is none, or cannot be read. */
export function redriveTaskOf(text: string): number | null {
  if (!text.startsWith('{')) return null;
  const signal = decodeSignal(text);
  return signal.type === 'Redrive' ? signal.taskId : null;
}

/** Whether an arrival is for a Map Run: only an execution's Stop and Redrive carry a time. */
export function isSignal(text: string): boolean {
  const value: unknown = JSON.parse(text);
  return isParsedSignal(value) && !('at' in value);
}

const TYPES: readonly unknown[] = ['ChildEnded', 'Stop', 'Redrive', 'Update'];

function isParsedSignal(value: unknown): value is MapRunSignal {
  return typeof value === 'object' && value !== null && 'type' in value && TYPES.includes(value.type);
}
