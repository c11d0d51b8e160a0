/**
 * Cases that no right server passes, with the reason: the recording or its runner is at fault. The key ends a case's id.
 */
export const KNOWN_DIFFERENCES: ReadonlyMap<string, string> = new Map([
  [
    'test_reference_in_map_state[MAP_STATE_REFERENCE_IN_MAX_CONCURRENCY_PATH]',
    'The runner compares the JSON text "1" of an event with the number 1 of the recording; the API only has text.',
  ],
  [
    'test_map_state_config_distributed_reentrant',
    'Recorded in May 2024; recordings of 2024-11 and 2025 of the same machine (a Map that is not the first state) have its Exited event follow MapRunStarted.',
  ],
  ...[
    'test_start_execution_sync2',
    'test_start_execution_sync_delegate_failure',
    'test_start_execution_sync_delegate_timeout',
  ].map((name): [string, string] => [
    name,
    'Recorded in 2023, before AWS described redrives; recordings of 2025 of the same pattern have RedriveCount, RedriveStatus and RedriveStatusReason.',
  ]),
  ...['TestExpressSync::test_retry', 'TestExpressAsync::test_retry'].map((name): [string, string] => [
    name,
    'The recording leaves out the request id of a cause by a pattern with a space in it; the text of the runner’s function, which is passed on as it is, has none.',
  ]),
  ...['test_s3_get_object[str]', 'test_s3_get_object[empty_binary]', 'test_s3_get_object[binary]'].map(
    (name): [string, string] => [
      `TestTaskServiceAwsSdk::${name}`,
      'AWS’s S3 answers with the encryption and the checksum of the object; the runner’s has neither, and what a service does not say is not made up.',
    ],
  ),
  [
    'TestTaskServiceAwsSdk::test_s3_put_object[bool]',
    'AWS’s S3 answers with the checksum and the encryption of the object; the runner’s has neither, and what a service does not say is not made up.',
  ],
]);

export function knownDifference(id: string): string | null {
  for (const [ending, reason] of KNOWN_DIFFERENCES) if (id.endsWith(ending)) return reason;
  return null;
}
