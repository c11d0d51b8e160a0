export { startTestPostgres, type TestPostgres, type TestPostgresOptions } from './services/test-postgres.ts';
export { describeWithNats, startTestNats, type TestNats } from './services/test-nats.ts';
export { describeWithRabbitmq, startTestRabbitmq, type TestRabbitmq } from './services/test-rabbitmq.ts';
export {
  describeWithRedisCluster,
  startTestRedisCluster,
  type TestRedisCluster,
} from './services/test-redis-cluster.ts';
export { freePort } from './services/free-port.ts';
export { SmithySha256 } from './services/smithy-sha256.ts';
export { TestWay } from './services/test-way.ts';
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
export {
  simulate,
  type SimulationOptions,
  type SimulationResult,
  type Violation,
} from './simulator/simulation.ts';
export type { BugTools, PlantedBug } from './simulator/planted-bug.ts';
export { describeSimulatedBugs, type SimulatedBug } from './simulator/simulated-bugs.ts';
export type { Checker } from './simulator/stage.ts';
export { historyProblem, World, type WorldOptions } from './world/world.ts';
export { TestEncryptionKeys } from './world/test-encryption-keys.ts';
export { type FaultyStore, faultyStore, type StoreFault } from './world/faulty-store.ts';
export { describeStoreContract, storeContractCases } from './store-contract/store-contract.ts';
export type { StoreCase } from './store-contract/store-case.ts';
export type { StoreContractHandle } from './store-contract/contract-handle.ts';
export { describePlantedBugs, findBrokenCase } from './store-contract/planted-bugs.ts';
export {
  contractRequest,
  describeIntegrationContract,
  type IntegrationContract,
} from './integration-contract/integration-contract.ts';
export {
  FaultyServer,
  type SeenRequest,
  type ServerAnswer,
  type ServerBehaviour,
} from './integration-contract/faulty-server.ts';
export { OIDC_CLIENT, type OidcBehaviour, type OidcProvider, startOidcProvider } from './services/oidc-provider.ts';
