import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OpenFrames } from './open-frames.ts';
import { newFrame } from './frames.ts';
import type { Frame } from './execution-state.ts';

/** A frame of that id; only its id and what it waits for matter here. */
function frameAt(path: readonly number[], waiting: Frame['waiting'] = null): Frame {
  const frame = newFrame({ parent: null, index: 0 }, 'S', null, 0);
  return { ...frame, id: path.join('.'), waiting };
}

const paths = fc.uniqueArray(fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 4 }), {
  selector: (path) => path.join('.'),
  minLength: 1,
  maxLength: 40,
});

test('ready frames come in the order of the tree, however they got ready', () => {
  fc.assert(
    fc.property(paths, (ids) => {
      const frames = new Map(ids.map((path) => [path.join('.'), frameAt(path)]));
      const index = new OpenFrames(frames);
      const seen: string[] = [];
      for (let frame = index.nextReady(); frame !== undefined; frame = index.nextReady()) {
        seen.push(frame.id);
        frame.waiting = { kind: 'timer', until: 1 };
        index.note(frame);
      }
      const byTree = ids.toSorted((left, right) => {
        const at = left.findIndex((part, i) => part !== right[i]);
        return at < 0 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? -1);
      });
      expect(seen).toEqual(byTree.map((path) => path.join('.')));
    }),
  );
});

test('only what is due by then is due, in the order of the tree', () => {
  const frames = [
    frameAt([0, 2], { kind: 'timer', until: 50 }),
    frameAt([0, 10], { kind: 'retry', until: 40 }),
    frameAt([0, 1], { kind: 'timer', until: 51 }),
    frameAt([0, 3], { kind: 'done', output: null }),
  ];
  const index = new OpenFrames(new Map(frames.map((frame) => [frame.id, frame])));
  expect(index.due(50).map((frame) => frame.id)).toEqual(['0.2', '0.10']);
  expect(index.due(39)).toEqual([]);
});

test('a forgotten frame is due no more', () => {
  const frame = frameAt([0], { kind: 'timer', until: 50 });
  const index = new OpenFrames(new Map([[frame.id, frame]]));
  index.forget(frame);
  expect(index.due(100)).toEqual([]);
});
