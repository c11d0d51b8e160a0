import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** Microseconds of the machine's monotonic clock. */
  readonly startTime: number;
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

export interface FunctionTime {
  /** `name file:line`. */
  readonly place: string;
  readonly ms: number;
}

export interface Profile {
  readonly totalMs: number;
  readonly busyMs: number;
  /** In the function itself; most first. */
  readonly self: readonly FunctionTime[];
  /** On the stack; functions of this repository only; most first. */
  readonly inclusive: readonly FunctionTime[];
}

const ROOT = resolve(fileURLToPath(import.meta.url), '../../../..');
const IDLE = '(idle)';

/** A span of the machine's monotonic clock, in microseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

/** Reads what `node --cpu-prof` wrote, as far as it lies in the span: starting and ending are not what is measured. */
export function readProfile(file: string, span: Span): Profile {
  const { nodes, startTime, samples, timeDeltas }: CpuProfile = JSON.parse(readFileSync(file, 'utf8'));
  const selfOf = new Map<number, number>();
  let at = startTime;
  samples.forEach((id, index) => {
    const delta = timeDeltas[index] ?? 0;
    at += delta;
    if (at >= span.from && at < span.to) selfOf.set(id, (selfOf.get(id) ?? 0) + delta / 1_000);
  });
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const self = new Map<string, number>();
  const inclusive = new Map<string, number>();
  let totalMs = 0;
  const visit = (node: ProfileNode, above: ReadonlySet<string>): number => {
    const place = placeOf(node);
    const own = selfOf.get(node.id) ?? 0;
    totalMs += own;
    add(self, place, own);
    const here = new Set(above).add(place);
    let all = own;
    for (const id of node.children ?? []) {
      const child = byId.get(id);
      if (child !== undefined) all += visit(child, here);
    }
    // A function that calls itself counts once.
    if (!above.has(place)) add(inclusive, place, all);
    return all;
  };
  const [root] = nodes;
  if (root !== undefined) visit(root, new Set());
  const busyMs = totalMs - (self.get(IDLE) ?? 0);
  const isOurs = (place: string): boolean => /\b(packages|services)\//.test(place) && !place.includes('node_modules');
  return {
    totalMs,
    busyMs,
    self: sorted(self).filter(({ place }) => place !== IDLE && place !== '(root)'),
    inclusive: sorted(inclusive).filter(({ place }) => isOurs(place)),
  };
}

function placeOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return name;
  const path = url.startsWith('file:') ? relative(ROOT, fileURLToPath(url)) : url;
  return `${name} ${path.replace(/^.*node_modules\/(?!.*node_modules\/)/, 'node_modules/')}:${lineNumber + 1}`;
}

function add(times: Map<string, number>, place: string, ms: number): void {
  times.set(place, (times.get(place) ?? 0) + ms);
}

function sorted(times: ReadonlyMap<string, number>): FunctionTime[] {
  return [...times].map(([place, ms]) => ({ place, ms })).sort((left, right) => right.ms - left.ms);
}
