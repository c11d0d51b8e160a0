import { createInterface } from 'node:readline/promises';
import type { operations } from '@everstep/protocol';
import { StartError } from '../start-error.ts';
import { textTable } from '../terminal/table.ts';
import { shownTime } from '../terminal/times.ts';
import type { Connection } from './connection.ts';
import { waitingTasks } from './own-operations.ts';
import { executionArn, machineArn } from './references.ts';

type Task = operations.TaskListItem;

/** As many as a person looks through. */
const MOST_SHOWN = 200;

export interface PickOptions {
  /** Only tasks of this state machine. */
  readonly machine?: string;
}

/** What waits, of one execution, one machine or all; at most as many as can be looked through. */
export async function findWaiting(
  connection: Connection,
  reference: string | undefined,
  { machine }: PickOptions,
): Promise<Task[]> {
  const execution = reference === undefined ? null : await executionArn(connection, reference);
  const stateMachineArn = machine === undefined ? undefined : await machineArn(connection, machine);
  const found: Task[] = [];
  for await (const task of waitingTasks(connection, stateMachineArn)) {
    if (execution !== null && task.executionArn !== execution) continue;
    found.push(task);
    if (found.length === MOST_SHOWN) break;
  }
  return found;
}

export function isExecution(reference: string): boolean {
  return reference.startsWith('arn:') || reference.includes('/');
}

export function taskTable(tasks: readonly Task[]): string {
  const head = ['#', 'STATE', 'SINCE', 'UNTIL', 'EXECUTION'];
  const time = (seconds: number | undefined): string => shownTime(seconds === undefined ? null : seconds * 1000);
  const rows = tasks.map(({ stateName, openedDate, timeoutDate, executionArn: arn }, index) => {
    return [String(index + 1), stateName, time(openedDate), time(timeoutDate), arn];
  });
  return textTable(head, rows);
}

/** The one task, or the one that a person picks. Throws StartError where nobody can be asked. */
export async function pickTask(tasks: readonly Task[]): Promise<Task> {
  const [only, ...others] = tasks;
  if (only === undefined) throw new StartError('Nothing waits for a callback there.');
  if (others.length === 0) return only;
  console.error(taskTable(tasks));
  if (!process.stdin.isTTY) throw new StartError('Several callbacks wait: name an execution, or give a token.');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = (await lines.question(`Which one (1–${tasks.length})? `)).trim();
    const picked = /^\d{1,4}$/.test(answer) ? tasks[Number(answer) - 1] : undefined;
    if (picked === undefined) throw new StartError('None was picked; nothing is decided.');
    return picked;
  } finally {
    lines.close();
  }
}
