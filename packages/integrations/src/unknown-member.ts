/** A member of something whose shape is not known, inherited or not; undefined: it has none. */
export function memberOf(value: unknown, name: string): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  const member: unknown = Reflect.get(value, name);
  return member;
}

/** The same where only text will do. */
export function textOf(value: unknown, name: string): string | undefined {
  const member = memberOf(value, name);
  return typeof member === 'string' ? member : undefined;
}
