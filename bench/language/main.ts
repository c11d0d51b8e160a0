import { parseArgs } from 'node:util';
import { jsonataCases, pathCases } from './expressions.ts';
import { jsonataMachineCases, machineCases } from './machines.ts';
import { measure } from './measure.ts';
import { loadPeers } from './peers.ts';
import { circumstances, table, writeResults } from './report.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    'round-ms': { type: 'string', default: '150' },
    /** Only the cases whose name holds this text; results are then printed and not written. */
    only: { type: 'string' },
  },
});
const rounds = { rounds: Number(values.rounds), roundMs: Number(values['round-ms']) };
if (!(rounds.rounds >= 1) || !(rounds.roundMs > 0)) throw new Error('--rounds and --round-ms are numbers above 0');
const peers = await loadPeers();
const inJsonata = await jsonataCases(peers);
const all = [
  ...(await machineCases(peers)),
  ...pathCases(peers),
  ...inJsonata,
  ...(inJsonata.length === 0 ? [] : await jsonataMachineCases()),
];
const { only } = values;
const cases = only === undefined ? all : all.filter(({ name }) => name.includes(only));
const facts = circumstances(rounds);
console.log(`${facts.machine}, Node.js ${facts.node}; ${rounds.rounds} interleaved rounds of ${rounds.roundMs} ms\n`);
const measured = await measure(cases, rounds);
console.log(table(measured));
if (only === undefined) writeResults(measured, facts);
