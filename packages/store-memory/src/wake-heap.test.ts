import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Sleeper, WakeHeap } from './wake-heap.ts';

interface Named extends Sleeper {
  readonly sequence: number;
}

const entry = (sequence: number, wakeAt: number | null): Named => ({ sequence, wakeAt, heapIndex: -1 });
const byWakeAt = (left: Named, right: Named) =>
  (left.wakeAt ?? 0) - (right.wakeAt ?? 0) || left.sequence - right.sequence;

describe('WakeHeap', () => {
  it('answers the earliest first, equal ones as they came, whatever was moved and removed before', () => {
    const move = fc.record({ which: fc.nat(19), wakeAt: fc.option(fc.nat(30)), remove: fc.boolean() });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 100 }), fc.nat(30), fc.nat(25), (moves, time, limit) => {
        const heap = new WakeHeap<Named>();
        const entries = Array.from({ length: 20 }, (_none, index) => entry(index, null));
        const kept = new Set<Named>();
        for (const { which, wakeAt, remove } of moves) {
          const moved = entries[which];
          if (moved === undefined) continue;
          kept.delete(moved);
          if (remove) heap.remove(moved);
          else {
            moved.wakeAt = wakeAt;
            heap.place(moved);
            if (wakeAt !== null) kept.add(moved);
          }
        }
        const sorted = [...kept].toSorted(byWakeAt);
        const due = sorted.filter((each) => (each.wakeAt ?? 0) <= time).slice(0, limit);
        expect(heap.first).toBe(sorted[0]);
        expect(heap.due(time, limit)).toEqual(due);
        expect(heap.due(time, limit)).toEqual(due);
      }),
    );
  });
});
