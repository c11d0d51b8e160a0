import { describeQueueContract } from '@everstep/testkit';
import { createLocalQueue } from './local-queue.ts';

describeQueueContract('queue-local', {
  openBench: async (logger) => {
    const queue = createLocalQueue({ logger });
    return { open: () => queue };
  },
});
