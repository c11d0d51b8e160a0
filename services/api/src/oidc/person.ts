/** Somebody whom the identity provider knows: what it says of them, as far as it is needed here. */
export interface Person {
  readonly userName: string;
  readonly groups: readonly string[];
  /** By name, those that rules of access look at. */
  readonly claims: Readonly<Record<string, readonly string[]>>;
}

type Claims = Readonly<Record<string, unknown>>;

/** The texts of a claim; of one within others by a path, as `realm_access.roles`, where none has the whole name. */
export function claimTexts(claims: Claims, name: string): string[] {
  const whole = Object.hasOwn(claims, name) ? claims[name] : at(claims, name.split('.'));
  return (Array.isArray(whole) ? whole : [whole]).flatMap((value: unknown) =>
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? [String(value)] : [],
  );
}

function at(claims: Claims, path: readonly string[]): unknown {
  let here: unknown = claims;
  for (const name of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, name)) return undefined;
    here = Reflect.get(here, name);
  }
  return here;
}
