/** What LogType Tail answers: 4 KB. */
const TAIL_BYTES = 4_096;
const MEGABYTE = 1_048_576;

export interface ReportFacts {
  readonly durationMs: number;
  readonly initMs: number | null;
  readonly memoryMb: number;
  readonly usedBytes: number;
}

/** The end of what an invocation wrote, between the lines that Lambda itself writes. */
export class LogTail {
  readonly #requestId: string;
  readonly #lines: string[];
  #length = 0;

  constructor(requestId: string, version: string) {
    this.#requestId = requestId;
    this.#lines = [`START RequestId: ${requestId} Version: ${version}`];
  }

  add(line: string): void {
    this.#lines.push(line);
    this.#length += line.length + 1;
    while (this.#length > 2 * TAIL_BYTES && this.#lines.length > 1) {
      this.#length -= (this.#lines.shift()?.length ?? 0) + 1;
    }
  }

  /** The last 4 KB. */
  text({ durationMs, initMs, memoryMb, usedBytes }: ReportFacts): string {
    const report = [
      `REPORT RequestId: ${this.#requestId}`,
      `Duration: ${durationMs.toFixed(2)} ms`,
      `Billed Duration: ${Math.ceil(durationMs)} ms`,
      `Memory Size: ${memoryMb} MB`,
      `Max Memory Used: ${Math.ceil(usedBytes / MEGABYTE)} MB`,
      ...(initMs === null ? [] : [`Init Duration: ${initMs.toFixed(2)} ms`]),
    ];
    const lines = [...this.#lines, `END RequestId: ${this.#requestId}`, `${report.join('\t')}\t`];
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    return bytes.subarray(Math.max(0, bytes.length - TAIL_BYTES)).toString('utf8');
  }
}
