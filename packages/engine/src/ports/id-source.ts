/** Where new ids come from. Adapters: chance (`randomIds`), and the simulator's, whose ids follow from a seed. */
export interface IdSource {
  /** A new execution's id: UUIDv7 (RFC 9562), so that ids sort by time of start. `now` is milliseconds since the epoch. */
  executionId(now: number): string;
  /** UUIDv4: names of executions, identities of workers. */
  uuid(): string;
}
