/** Steps that one turn of the event loop has room for. */
const STEPS_A_TURN = 64;

/**
 * Does `step` again and again until it answers false. Everything that a step sets off is over before the next one: promises
 * have settled, and what was put off with `setImmediate` has happened, and what that has put off.
 *
 * Node.js lets promises settle after each immediate, so many steps share one turn of the event loop: a turn costs as much
 * as what an average step does. For as long as the steps go on, `setImmediate` counts its calls, as what is put off happens
 * in the next turn only.
 */
export function eachSettled(step: () => boolean): Promise<void> {
  const immediate = globalThis.setImmediate;
  let putOff = 0;
  globalThis.setImmediate = new Proxy(immediate, {
    apply(target, self, parameters): unknown {
      putOff += 1;
      return Reflect.apply(target, self, parameters);
    },
  });
  return new Promise<void>((resolve, reject) => {
    let over = false;
    const end = (settle: () => void): void => {
      over = true;
      settle();
    };
    const once = (): void => {
      if (over || putOff > 0) return;
      try {
        if (!step()) end(resolve);
      } catch (error) {
        end(() => reject(error));
      }
    };
    const turn = (): void => {
      putOff = 0;
      if (over) return;
      for (let index = 0; index < STEPS_A_TURN; index++) immediate(once);
      immediate(turn);
    };
    // What has been set off before is over, too.
    immediate(() => immediate(turn));
  }).finally(() => {
    globalThis.setImmediate = immediate;
  });
}
