import { StartError } from '../start-error.ts';
import { nearest } from '@everstep/language';
import type { Connection } from './connection.ts';

const PAGE = 1000;

/** How a state machine may be named on the command line. */
export const MACHINE_HELP = 'a state machine: its ARN, its name, NAME:VERSION or NAME:ALIAS';
export const EXECUTION_HELP = 'an execution: its ARN, or MACHINE/NAME';

/** The ARN of a machine, version or alias. Throws StartError where no machine has the name. */
export async function machineArn(connection: Connection, reference: string): Promise<string> {
  if (reference.startsWith('arn:')) return reference;
  const [name, qualifier, ...rest] = reference.split(':');
  if (name === undefined || name === '' || rest.length > 0) {
    throw new StartError(`'${reference}' is not a state machine's ARN, NAME, NAME:VERSION or NAME:ALIAS.`);
  }
  const names: string[] = [];
  for await (const machine of machines(connection)) {
    if (machine.name === name) return qualifier === undefined ? machine.arn : `${machine.arn}:${qualifier}`;
    names.push(machine.name);
  }
  const suggestion = nearest(name, names);
  const hint = suggestion === null ? '' : ` Did you mean '${suggestion}'?`;
  throw new StartError(`There is no state machine '${name}' at ${connection.endpoint}.${hint}`);
}

export async function executionArn(connection: Connection, reference: string): Promise<string> {
  if (reference.startsWith('arn:')) return reference;
  const slash = reference.indexOf('/');
  if (slash <= 0 || slash === reference.length - 1) {
    throw new StartError(`'${reference}' is not an execution's ARN, or MACHINE/NAME.`);
  }
  const machine = await machineArn(connection, reference.slice(0, slash));
  return `${machine.replace(':stateMachine:', ':execution:')}:${reference.slice(slash + 1)}`;
}

export interface ListedMachine {
  readonly arn: string;
  readonly name: string;
  readonly type: string;
  readonly createdAt: number | null;
}

export async function* machines({ sdk, client }: Connection): AsyncGenerator<ListedMachine> {
  for await (const page of sdk.paginateListStateMachines({ client, pageSize: PAGE }, {})) {
    for (const { stateMachineArn, name, type, creationDate } of page.stateMachines ?? []) {
      yield {
        arn: stateMachineArn ?? '',
        name: name ?? '',
        type: type ?? '',
        createdAt: creationDate?.getTime() ?? null,
      };
    }
  }
}
