import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

export interface OutputLinesOptions {
  readonly onLine: (line: string) => void;
  /** What may be written at once, and per second after that; beyond it the writer waits. */
  readonly burstBytes?: number;
  readonly bytesPerSecond?: number;
}

/** CloudWatch's own limit of an event. */
const MAX_LINE = 262_144;
const BURST_BYTES = 4 * 1_048_576;
const BYTES_PER_SECOND = 1_048_576;

/**
 * The lines of a process's output. A process that writes without end is slowed down by its full pipe: it can neither fill
 * the memory nor keep the event loop from everybody else.
 */
export function readLines(stream: Readable, options: OutputLinesOptions): void {
  const { onLine, burstBytes = BURST_BYTES, bytesPerSecond = BYTES_PER_SECOND } = options;
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let tokens = burstBytes;
  let at = performance.now();
  const take = (text: string): void => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) emit(line.endsWith('\r') ? line.slice(0, -1) : line);
    if (rest.length <= MAX_LINE) return;
    emit(rest);
    rest = '';
  };
  const emit = (line: string): void => {
    for (let start = 0; start === 0 || start < line.length; start += MAX_LINE) {
      onLine(line.slice(start, start + MAX_LINE));
    }
  };
  stream.on('data', (chunk: Buffer) => {
    take(decoder.write(chunk));
    const now = performance.now();
    tokens = Math.min(burstBytes, tokens + ((now - at) * bytesPerSecond) / 1_000) - chunk.length;
    at = now;
    if (tokens >= 0) return;
    stream.pause();
    setTimeout(() => stream.resume(), (-tokens * 1_000) / bytesPerSecond + 1).unref();
  });
  stream.on('end', () => {
    take(decoder.end());
    if (rest !== '') emit(rest);
    rest = '';
  });
  // The process has ended with its pipe; its exit says what there is to say.
  stream.on('error', () => stream.destroy());
}
