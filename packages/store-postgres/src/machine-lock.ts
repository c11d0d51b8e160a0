import { type QueryRunner, statement } from './statement.ts';

/** A machine's row, held until the end of the transaction: whatever hangs on it changes one after the other. */
export interface LockedMachine {
  readonly status: 'ACTIVE' | 'DELETING';
  readonly revision_id: string;
  readonly revision_number: number;
  readonly last_version: number;
}

const lockMachineRow = statement<LockedMachine>(
  'lock_machine',
  `select status, revision_id, revision_number, last_version from state_machines where state_machine_arn = $1 for update`,
);

export async function lockMachine(runner: QueryRunner, stateMachineArn: string): Promise<LockedMachine | undefined> {
  const [machine] = await runner.send(lockMachineRow, [stateMachineArn]);
  return machine;
}

/** What speaks against any change to the machine; null: nothing does. */
export function refusal(machine: LockedMachine | undefined): { kind: 'no-machine' } | { kind: 'deleting' } | null {
  if (machine === undefined) return { kind: 'no-machine' };
  return machine.status === 'DELETING' ? { kind: 'deleting' } : null;
}
