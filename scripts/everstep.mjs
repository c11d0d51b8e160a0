// `npm run everstep -- <command> …`: any command of Everstep, from a checkout.
import { runEverstep } from './hand-over.mjs';

await runEverstep(process.argv.slice(2));
