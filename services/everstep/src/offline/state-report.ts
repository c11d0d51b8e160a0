import { parseJson } from '@everstep/language';
import type { operations } from '@everstep/protocol';
import { type Paint, printable } from '../terminal/styles.ts';
import { prettyJson } from './history-printer.ts';

type Answer = operations.TestStateOutput;
type InspectionData = operations.InspectionData;

/** The stages in the order of the data pipeline, as people know them from the definition's fields. */
const STAGES: ReadonlyArray<readonly [keyof InspectionData, string]> = [
  ['input', 'input'],
  ['afterInputPath', 'after InputPath'],
  ['afterParameters', 'after Parameters'],
  ['afterArguments', 'after Arguments'],
  ['afterItemsPath', 'after ItemsPath'],
  ['afterItemsPointer', 'after ItemsPointer'],
  ['afterItemSelector', 'after ItemSelector'],
  ['afterItemBatcher', 'after ItemBatcher'],
  ['maxConcurrency', 'MaxConcurrency'],
  ['toleratedFailureCount', 'tolerated failures'],
  ['toleratedFailurePercentage', 'tolerated failures, %'],
  ['result', 'result'],
  ['afterResultSelector', 'after ResultSelector'],
  ['afterResultPath', 'after ResultPath'],
  ['variables', 'variables'],
];

const NAME_WIDTH = 23;

/** What people read about a tested state: its stages, what came out of it, and where it leads. */
export function stateReport(name: string, answer: Answer, { paint, width }: { paint: Paint; width: number }): string {
  const { inspectionData, output, error, cause } = answer;
  const line = (label: string, text: string): string => {
    const shown = text
      .split('\n')
      .map(printable)
      .join(`\n${' '.repeat(NAME_WIDTH)}`);
    return `${paint('dim', label.padEnd(NAME_WIDTH))}${shown}`;
  };
  const lines = [headline(name, answer, paint)];
  for (const [stage, label] of STAGES) {
    const value = inspectionData?.[stage];
    if (typeof value === 'string' || typeof value === 'number') lines.push(line(label, jsonOf(`${value}`, width)));
  }
  if (error !== undefined) lines.push(line('error', error));
  if (cause !== undefined) lines.push(line('cause', cause));
  if (inspectionData?.errorDetails !== undefined)
    lines.push(line('handled by', handledBy(inspectionData.errorDetails)));
  if (output !== undefined) lines.push(line('output', jsonOf(output, width)));
  return lines.join('\n');
}

function headline(name: string, { status, nextState }: Answer, paint: Paint): string {
  const colour = status === 'SUCCEEDED' ? 'green' : status === 'FAILED' ? 'red' : 'yellow';
  const next = nextState === undefined ? '' : ` → ${printable(nextState)}`;
  return `${paint('bold', printable(name))} ${paint([colour, 'bold'], status)}${next}`;
}

/** On one line where it fits there. */
function jsonOf(text: string, width: number): string {
  return text.length + NAME_WIDTH <= width ? text : prettyJson(parseJson(text));
}

function handledBy({ retryIndex, retryBackoffIntervalSeconds, catchIndex }: operations.InspectionErrorDetails): string {
  const parts: string[] = [];
  if (retryIndex !== undefined) {
    const when =
      retryBackoffIntervalSeconds === undefined ? 'its attempts are used up' : `after ${retryBackoffIntervalSeconds} s`;
    parts.push(`Retry[${retryIndex}], ${when}`);
  }
  if (catchIndex !== undefined) parts.push(`Catch[${catchIndex}]`);
  return parts.join('; ');
}
