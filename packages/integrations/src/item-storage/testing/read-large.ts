import { SdkCaller } from '../../aws-sdk/sdk-caller.ts';
import { createItemStorage } from '../item-storage.ts';
import { readRequest } from './datasets.ts';

/**
 * Reads a dataset in a process of its own, and says what it took: `read-large.ts <folder of buckets> <key> <ReaderConfig>`
 * prints the number of items, their characters, and the most memory that the process ever had, in megabytes.
 */
const [root = '', key = '', config = ''] = process.argv.slice(2);
const caller = new SdkCaller({
  region: 'us-east-1',
  environment: {},
  bucketFolders: { root, accountId: '123456789012' },
});
const request = readRequest(JSON.parse(config), { parameters: { Bucket: 'data', Key: key } });
const startedAt = performance.now();
let items = 0;
let characters = 0;
for await (const { value } of createItemStorage(caller).readItems(request)) {
  items++;
  characters += value.length;
}
const seconds = (performance.now() - startedAt) / 1_000;
const megabytes = Math.round(process.resourceUsage().maxRSS / 1_024);
await caller.close();
console.log(JSON.stringify({ items, characters, megabytes, seconds }));
