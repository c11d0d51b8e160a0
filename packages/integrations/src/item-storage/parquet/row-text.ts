/** How dates and times stand in an item, with all the digits that the file has. */
export const VALUE_PARSERS = {
  dateFromDays: (days: number): string => new Date(days * 86_400_000).toISOString().slice(0, 10),
  timestampFromMilliseconds: (millis: bigint): string => timeText(millis, 3),
  timestampFromMicroseconds: (micros: bigint): string => timeText(micros, 6),
  timestampFromNanoseconds: (nanos: bigint): string => timeText(nanos, 9),
};

/** `units`: since the epoch, of which a second has ten to the power of `digits`. */
function timeText(units: bigint, digits: number): string {
  const perSecond = 10n ** BigInt(digits);
  const fraction = ((units % perSecond) + perSecond) % perSecond;
  const seconds = (units - fraction) / perSecond;
  const whole = new Date(Number(seconds) * 1_000);
  if (Number.isNaN(whole.getTime())) return String(units);
  return `${whole.toISOString().slice(0, -5)}.${String(fraction).padStart(digits, '0')}Z`;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Compact JSON text of a row: whole numbers of any length, bytes as text, or base64 where they are none. */
export function rowText(value: unknown): string {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'bigint':
      return String(value);
    case 'number':
      return Number.isFinite(value) ? JSON.stringify(value) : 'null';
    case 'object':
      break;
    default:
      return 'null';
  }
  if (value === null) return 'null';
  if (value instanceof Uint8Array) return JSON.stringify(bytesText(value));
  if (value instanceof Date) return JSON.stringify(value);
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return `[${Array.from(iterable(value), rowText).join(',')}]`;
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${rowText(member)}`);
  return `{${members.join(',')}}`;
}

function iterable(value: object): Iterable<unknown> {
  return Symbol.iterator in value && typeof value[Symbol.iterator] === 'function' ? (value as Iterable<unknown>) : [];
}

function bytesText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    // Not text: nothing may be lost of it.
    return Buffer.from(bytes).toString('base64');
  }
}
