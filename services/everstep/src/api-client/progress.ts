import type { DescribeExecutionCommandOutput, HistoryEvent } from '@aws-sdk/client-sfn';
import { EventStates, HistoryLines, duration, prettyJson } from '../offline/history-printer.ts';
import { parseJson } from '@everstep/language';
import { paintFor, printable } from '../terminal/styles.ts';
import { eventText, shownEvent } from './history.ts';

const DEFAULT_WIDTH = 120;
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** Prints an execution's events as they come; on a terminal the last line tells what runs at the moment. */
export class Progress {
  readonly #asJson: boolean;
  readonly #states = new EventStates();
  readonly #stream = process.stdout;
  readonly #paint = paintFor(process.stdout);
  /** How often each state was entered and not left yet. */
  readonly #entered = new Map<string, number>();
  #lines: HistoryLines | null = null;
  #looks = 0;

  constructor(options: { readonly asJson: boolean }) {
    this.#asJson = options.asJson;
  }

  print(events: readonly HistoryEvent[]): void {
    this.#clear();
    for (const event of events) {
      if (this.#asJson) {
        console.log(eventText(event));
        continue;
      }
      const shown = shownEvent(event);
      this.#states.note(shown);
      this.#count(event);
      this.#lines ??= new HistoryLines(
        { startTime: shown.timestamp, width: this.#width, paint: this.#paint },
        this.#states,
      );
      console.log(this.#lines.line(shown));
    }
  }

  /** The line at the bottom, for people who watch. */
  tell(execution: DescribeExecutionCommandOutput): void {
    if (this.#asJson || !this.#stream.isTTY) return;
    const sign = SPINNER[this.#looks++ % SPINNER.length] ?? '';
    const time = duration(Date.now() - (execution.startDate?.getTime() ?? Date.now())).replace(/\.\d+s$/, 's');
    const where = [...this.#entered].map(([name, count]) => (count > 1 ? `${name} (${count})` : name)).join(', ');
    const line = `${sign} ${execution.status ?? ''} ${time}  ${printable(where)}`;
    this.#clear();
    this.#stream.write(line.slice(0, this.#width - 1));
  }

  end(execution: DescribeExecutionCommandOutput): void {
    this.#clear();
    if (this.#asJson) return;
    console.log(`\n${endText(execution)}`);
  }

  /** Some terminals say that they have no columns. */
  get #width(): number {
    const { columns } = this.#stream;
    return columns > 1 ? columns : DEFAULT_WIDTH;
  }

  #count({ stateEnteredEventDetails, stateExitedEventDetails }: HistoryEvent): void {
    const entered = stateEnteredEventDetails?.name;
    const exited = stateExitedEventDetails?.name;
    if (entered !== undefined) this.#entered.set(entered, (this.#entered.get(entered) ?? 0) + 1);
    if (exited === undefined) return;
    const left = (this.#entered.get(exited) ?? 1) - 1;
    if (left > 0) this.#entered.set(exited, left);
    else this.#entered.delete(exited);
  }

  #clear(): void {
    if (this.#stream.isTTY && !this.#asJson) this.#stream.write('\r\u001b[2K');
  }
}

type End = Partial<
  Pick<DescribeExecutionCommandOutput, 'status' | 'output' | 'error' | 'cause' | 'startDate' | 'stopDate'>
>;

/** How an execution ended, for people. */
export function endText({ status, output, error, cause, startDate, stopDate }: End): string {
  const paint = paintFor(process.stdout);
  const took = (stopDate?.getTime() ?? 0) - (startDate?.getTime() ?? 0);
  const lines = [`${paint([status === 'SUCCEEDED' ? 'green' : 'red', 'bold'], status ?? '')} after ${duration(took)}`];
  if (output !== undefined) lines.push(printableJson(output));
  if (error !== undefined) lines.push(`error: ${printable(error)}`);
  if (cause !== undefined) lines.push(`cause: ${printable(cause)}`);
  return lines.join('\n');
}

/** JSON text over several lines, with nothing in it that moves a cursor. */
export function printableJson(text: string): string {
  return prettyJson(parseJson(text)).split('\n').map(printable).join('\n');
}
