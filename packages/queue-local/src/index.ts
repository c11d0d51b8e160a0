export { createLocalQueue } from './local-queue.ts';
