import { pino } from 'pino';
import { secretFields } from './fields.ts';
import { formatLine } from './text-format.ts';

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Structured logging: fields first, then the message. The engine's Logger has the same shape. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Logger;
}

export interface LoggerOptions {
  /** The process's role: `api`, `worker`, `scheduler`, `everstep`. */
  readonly name: string;
  /** Default `info`. */
  readonly level?: LogLevel;
  /** `json`: one object a line, for machines (default). `text`: one readable line, for a terminal. */
  readonly format?: 'json' | 'text';
  /** Where whole lines go. Default: standard output. */
  readonly destination?: { write(line: string): unknown };
}

export function createLogger({ name, level = 'info', format = 'json', destination }: LoggerOptions): Logger {
  const sink = destination ?? process.stdout;
  const stream = format === 'json' ? sink : { write: (line: string) => sink.write(formatLine(line)) };
  return pino(
    {
      name,
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: pino.stdSerializers.errWithCause },
      redact: {
        paths: secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
        censor: '[secret]',
      },
    },
    {
      write: (line: string) => {
        stream.write(line);
      },
    },
  );
}
