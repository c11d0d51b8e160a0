/** A host in a process of its own, for tests that kill it: `lone-host.ts FOLDER NAME` calls one function and waits. */
import { silentLogger } from '@everstep/engine';
import { createFunctionHost } from '../function-host.ts';

const [functionsDir = '', functionName = ''] = process.argv.slice(2);
const host = createFunctionHost({
  ...{ functionsDir, region: 'us-east-1', accountId: '123456789012', logger: silentLogger },
  logs: { write: ({ message }) => console.log(message), read: async () => null, close: async () => undefined },
});
const signal = new AbortController().signal;
await host.invoke({ functionName, payload: '{}', invocationType: 'RequestResponse', signal });
// Idle from now on; what it hosts is warm.
console.log('answered');
setInterval(() => undefined, 60_000);
