export { startTestPostgres, type TestPostgres, type TestPostgresOptions } from './services/test-postgres.ts';
export { describeWith, type TestNeed } from './services/describe-with.ts';
export {
  describeWithRedis,
  redisAvailable,
  startTestRedis,
  type TestRedis,
  type TestRedisOptions,
} from './services/test-redis.ts';
export { VirtualClock } from './clock/virtual-clock.ts';
export {
  describeQueueContract,
  type QueueBench,
  type QueueContract,
  type QueueServer,
} from './queue-contract/queue-contract.ts';
export { RecordingConsumer, RecordingListener, RecordingLogger } from './queue-contract/recorder.ts';
