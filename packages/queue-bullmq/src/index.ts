export { type BullmqQueueOptions, createBullmqQueue } from './bullmq-queue.ts';
