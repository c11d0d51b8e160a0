/** One side of a comparison: does the work `times` times. */
export interface Contender {
  readonly name: string;
  readonly run: (times: number) => void | Promise<void>;
}

export interface Case {
  readonly name: string;
  /** What one run of the work is worth, in `unit`s: 12 transitions. */
  readonly unit: string;
  readonly perRun: number;
  readonly contenders: readonly [Contender, ...Contender[]];
  /** The first contender must be this much faster than the second. */
  readonly goal?: number;
}

export interface Spread {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

export interface Measured {
  readonly name: string;
  readonly unit: string;
  /** Units per second of processor time, by contender. */
  readonly rates: Readonly<Record<string, Spread>>;
  /** The first contender's rate over each other's, taken round by round. */
  readonly ratios: Readonly<Record<string, Spread>>;
  readonly goal?: number;
}

export interface Rounds {
  readonly rounds: number;
  /** About how long one contender works in one round, in milliseconds of processor time. */
  readonly roundMs: number;
}

/**
 * Measures all cases in interleaved rounds: every round runs every contender of every case once, in turning order, so
 * that whatever else the machine does meets all of them alike.
 */
export async function measure(cases: readonly Case[], options: Rounds): Promise<Measured[]> {
  const lanes: Lane[] = [];
  for (const each of cases) {
    for (const contender of each.contenders) {
      lanes.push({ contender, of: each, times: await calibrate(contender, options.roundMs), rates: [] });
    }
  }
  // One round that counts for nothing: the engine compiles what it has found hot, for all contenders alike.
  for (const lane of lanes) await lane.contender.run(lane.times);
  for (let round = 0; round < options.rounds; round++) {
    for (const lane of round % 2 === 0 ? lanes : lanes.toReversed()) {
      const seconds = await time(lane.contender, lane.times);
      lane.rates.push((lane.times * lane.of.perRun) / seconds);
    }
  }
  return cases.map((each) =>
    summarise(
      each,
      lanes.filter((lane) => lane.of === each),
    ),
  );
}

interface Lane {
  readonly contender: Contender;
  readonly of: Case;
  readonly times: number;
  readonly rates: number[];
}

/**
 * Processor time in seconds, the garbage collector's included. All contenders compute and none waits, so this is what
 * they cost wherever the machine's other work leaves them alone.
 */
async function time(contender: Contender, times: number): Promise<number> {
  const before = process.cpuUsage();
  await contender.run(times);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** How many times fill a round; what it takes to find out warms the code up too. */
async function calibrate(contender: Contender, roundMs: number): Promise<number> {
  let times = 1;
  for (;;) {
    const milliseconds = (await time(contender, times)) * 1000;
    if (milliseconds >= roundMs / 2) return Math.max(1, Math.round((times * roundMs) / milliseconds));
    times *= 2;
  }
}

function summarise({ name, unit, goal }: Case, lanes: readonly Lane[]): Measured {
  const [first, ...others] = lanes;
  const rates = Object.fromEntries(lanes.map((lane) => [lane.contender.name, spreadOf(lane.rates)]));
  const ratios = Object.fromEntries(
    others.map((lane) => [
      lane.contender.name,
      spreadOf(lane.rates.map((rate, round) => (first?.rates[round] ?? Number.NaN) / rate)),
    ]),
  );
  return { name, unit, rates, ratios, ...(goal === undefined ? {} : { goal }) };
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    lowest: at(0),
    highest: at(sorted.length - 1),
  };
}
