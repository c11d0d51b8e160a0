/** A half-open range of UTF-16 offsets in a text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where a value of a definition stands in the file it was read from, whatever the file's format. */
export interface SourceNode extends Span {
  /** By name, for an object. */
  readonly members: ReadonlyMap<string, SourceMember> | null;
  readonly items: readonly SourceNode[] | null;
  /** The value, for a string. */
  readonly text: string | null;
}

export interface SourceMember {
  readonly key: Span;
  readonly value: SourceNode;
}

/** A place that a location names: the node, the key it stands under, and the nodes around it from the root on. */
export interface Place {
  readonly node: SourceNode;
  readonly key: Span | null;
  readonly around: readonly SourceNode[];
}

/**
 * Finds `/States/X/Choices[0]/Next`. Names may hold slashes and brackets themselves, so every way to read the location
 * is tried; where it names something that is not there, the nearest place around it is the answer.
 */
export function locate(root: SourceNode, location: string): Place {
  for (let rest = location === '/' ? '' : location; rest !== ''; rest = withoutLastStep(rest)) {
    const found = walk({ node: root, key: null, around: [] }, rest);
    if (found !== null) return found;
  }
  return { node: root, key: null, around: [] };
}

function withoutLastStep(location: string): string {
  return location.slice(0, Math.max(0, location.lastIndexOf('/'), location.lastIndexOf('[')));
}

function walk(place: Place, rest: string): Place | null {
  if (rest === '') return place;
  const { node } = place;
  const around = [...place.around, node];
  const [step, index] = /^\[(\d+)\]/.exec(rest) ?? [];
  if (step !== undefined) {
    const item = node.items?.[Number(index)];
    return item === undefined ? null : walk({ node: item, key: null, around }, rest.slice(step.length));
  }
  for (const name of namesAt(node, rest)) {
    const member = node.members?.get(name);
    if (member === undefined) continue;
    const found = walk({ node: member.value, key: member.key, around }, rest.slice(name.length + 1));
    if (found !== null) return found;
  }
  return null;
}

/** The members that `rest` may begin with, the longest name first. */
function namesAt(node: SourceNode, rest: string): string[] {
  if (!rest.startsWith('/') || node.members === null) return [];
  const fits = (name: string): boolean =>
    rest.startsWith(name, 1) && ['', '/', '['].includes(rest.charAt(name.length + 1));
  return [...node.members.keys()].filter(fits).sort((left, right) => right.length - left.length);
}
