import { StartError } from '../start-error.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `15m`, `12h`, `30d` in milliseconds. Throws StartError. */
export function parseDuration(option: string, text: string): number {
  const parts = /^(\d{1,6})([smhd])$/.exec(text);
  const unit = UNITS[parts?.[2] ?? ''];
  if (parts === null || unit === undefined || Number(parts[1]) === 0) {
    throw new StartError(`${option}: '${text}' is not a duration such as 90s, 15m, 12h or 30d.`);
  }
  return Number(parts[1]) * unit;
}

/** A time such as 2026-11-27T05:00:00Z, or a duration before `now`, in milliseconds since the epoch. Throws StartError. */
export function parseTime(option: string, text: string, now: number): number {
  if (/^\d+[smhd]$/.test(text)) return now - parseDuration(option, text);
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new StartError(`${option}: '${text}' is neither a time nor a duration such as 24h.`);
  return at;
}

/** To the second, in UTC; `-` for none. */
export function shownTime(at: number | null): string {
  return at === null ? '-' : new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}
