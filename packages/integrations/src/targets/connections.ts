const CLOSE_MS = 2_000;

/** Open connections by target: each is opened when it is first needed, shared, and opened anew once it is gone. */
export class Connections<Connection> {
  readonly #open: (name: string, onGone: () => void) => Promise<Connection>;
  readonly #end: (connection: Connection) => unknown;
  readonly #byName = new Map<string, Promise<Connection>>();

  /** `open` calls `onGone` once the connection is of no use any more. */
  constructor(
    open: (name: string, onGone: () => void) => Promise<Connection>,
    end: (connection: Connection) => unknown,
  ) {
    this.#open = open;
    this.#end = end;
  }

  get(name: string): Promise<Connection> {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    let isGone = false;
    const forget = (): void => {
      isGone = true;
      if (this.#byName.get(name) === opening) this.#byName.delete(name);
    };
    const opening = this.#open(name, forget);
    if (!isGone) this.#byName.set(name, opening);
    opening.catch(forget);
    return opening;
  }

  /** Ends a connection on which nothing came back: the next call opens another one. */
  drop(name: string): void {
    const known = this.#byName.get(name);
    this.#byName.delete(name);
    known?.then(this.#end).catch(() => undefined);
  }

  async close(): Promise<void> {
    const all = [...this.#byName.values()];
    this.#byName.clear();
    const ended = Promise.allSettled(all.map(async (opening) => this.#end(await opening)));
    // A client may wait for ever for the good-bye of a server that is gone.
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS);
    });
    await Promise.race([ended, late]);
    clearTimeout(timer);
  }
}
