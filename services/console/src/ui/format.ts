/** How people read times, spans and names. Times come in seconds since the epoch, as on the wire. */

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const TIME = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});

export function dateText(seconds: number): string {
  const date = new Date(seconds * 1_000);
  return `${DATE.format(date)}, ${TIME.format(date)}`;
}

/** With milliseconds, for what lies close together. */
export function exactTime(seconds: number): string {
  const date = new Date(seconds * 1_000);
  return `${TIME.format(date)}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** `340 ms`, `2.41 s`, `3 min 20 s`, `2 h 5 min`, `4 d 3 h`. */
export function spanText(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '–';
  if (seconds < 1) return `${Math.round(seconds * 1_000)} ms`;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 < 1 ? `${minutes} min` : `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function agoText(seconds: number, now: number): string {
  const span = now - seconds;
  if (span < 5) return 'just now';
  if (span < 60) return `${Math.floor(span)} s ago`;
  if (span < 3_600) return `${Math.floor(span / 60)} min ago`;
  if (span < 86_400) return `${Math.floor(span / 3_600)} h ago`;
  return `${Math.floor(span / 86_400)} d ago`;
}

const NUMBER = new Intl.NumberFormat();

export function numberText(value: number): string {
  return NUMBER.format(value);
}

/** The name in an ARN: what stands last; of a version or an alias with what it is of. */
export function nameOf(arn: string): string {
  return arn.split(':').slice(6).join(':');
}

export function machineNameOf(arn: string): string {
  return arn.split(':')[6] ?? arn;
}

export const STATUS_WORDS: Readonly<Record<string, string>> = {
  RUNNING: 'Running',
  SUCCEEDED: 'Succeeded',
  FAILED: 'Failed',
  TIMED_OUT: 'Timed out',
  ABORTED: 'Aborted',
  PENDING_REDRIVE: 'Pending redrive',
  CAUGHT: 'Caught error',
};
