// `npm start [-- --empty …]`: the all-in-one server.
import { runEverstep } from './hand-over.mjs';

await runEverstep(['dev', ...process.argv.slice(2)]);
