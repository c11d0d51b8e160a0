import type { operations } from '@everstep/protocol';
import type { Command } from 'commander';
import { callApi, type ConnectionOptions, withConnection } from '../api-client/connection.ts';
import { ExitCode } from '../api-client/exit-codes.ts';
import { LimiterApi } from '../api-client/limiters.ts';
import { StartError } from '../start-error.ts';
import { textTable } from '../terminal/table.ts';
import { shownTime } from '../terminal/times.ts';
import { UsageCommand } from '../terminal/usage-command.ts';
import { type LimitOptions, limitOptions, settingsOf, shownLimit } from './limits-settings.ts';

const HELP = `
A limiter stands outside the definition: tasks that it is about wait for a permit before they start, and go on by
themselves. Only servers of Everstep know limiters.

  everstep limits create price --resource '*:function:price' --concurrency 10
  everstep limits create tenants --machine orders --key '$.tenant' --concurrency 100 --key-rate 5/s
  everstep limits update price --concurrency 20 --rate none
  everstep limits pause price
  everstep limits tasks price --waiting`;

interface JsonOption {
  readonly json: boolean;
}

export function limitsCommand(): Command {
  const command = new UsageCommand('limits')
    .description('how many tasks may run at once or in a time, and which go first')
    .addHelpText('after', HELP);
  for (const make of [createCommand, updateCommand, listCommand, describeCommand, tasksCommand]) {
    command.addCommand(make());
  }
  command.addCommand(changing('pause', 'give no permits until it is resumed', 'PauseLimiter', 'is paused'));
  command.addCommand(changing('resume', 'give permits again', 'ResumeLimiter', 'gives permits again'));
  command.addCommand(changing('delete', 'remove it; what waits goes on', 'DeleteLimiter', 'is deleted'));
  return command;
}

function naming(word: string, description: string): Command {
  return withConnection(new UsageCommand(word)).description(description).argument('<name>', 'the limiter’s name');
}

function callLimits(options: ConnectionOptions, work: (api: LimiterApi) => Promise<number>): Promise<void> {
  return callApi(options, (connection) => work(new LimiterApi(connection)));
}

function createCommand(): Command {
  return limitOptions(naming('create', 'make one, and print its ARN')).action(
    (name: string, options: ConnectionOptions & LimitOptions) =>
      callLimits(options, async (api) => {
        const settings = settingsOf(options, {});
        if ((await api.find(name)) !== null) {
          throw new StartError(`There is a limiter ${name} already: \`everstep limits update\` changes it.`);
        }
        console.log((await api.put({ name, ...settings })).limiterArn);
        return ExitCode.OK;
      }),
  );
}

function updateCommand(): Command {
  return limitOptions(naming('update', 'change it; what is not given stays, `none` takes it away')).action(
    (name: string, options: ConnectionOptions & LimitOptions) =>
      callLimits(options, async (api) => {
        await api.put({ name, ...settingsOf(options, await api.describe(name)) });
        console.log(`${name} is changed.`);
        return ExitCode.OK;
      }),
  );
}

function changing(
  word: string,
  description: string,
  operation: 'DeleteLimiter' | 'PauseLimiter' | 'ResumeLimiter',
  done: string,
): Command {
  return naming(word, description).action((name: string, options: ConnectionOptions) =>
    callLimits(options, async (api) => {
      await api.change(operation, name);
      console.log(`${name} ${done}.`);
      return ExitCode.OK;
    }),
  );
}

function listCommand(): Command {
  return withConnection(new UsageCommand('list'))
    .description('all of them, and how many tasks wait')
    .option('--json', 'one JSON object a line', false)
    .action((options: ConnectionOptions & JsonOption) =>
      callLimits(options, async (api) => {
        const found = await gathered(api.list());
        if (options.json) for (const limiter of found) console.log(JSON.stringify(limiter));
        else if (found.length === 0) console.log('There are no limiters.');
        else console.log(textTable(['NAME', 'STATUS', 'IN USE', 'WAITING', 'LONGEST WAIT'], found.map(listCells)));
        return ExitCode.OK;
      }),
    );
}

function listCells(limiter: operations.LimiterListItem): string[] {
  const { name, status, permitsInUse, waiting, longestWaitSeconds } = limiter;
  return [name, status, String(permitsInUse), String(waiting), shownWait(longestWaitSeconds)];
}

function describeCommand(): Command {
  return naming('describe', 'its settings, its queue, the longest wait and the permits in use')
    .option('--json', 'as JSON', false)
    .action((name: string, options: ConnectionOptions & JsonOption) =>
      callLimits(options, async (api) => {
        const limiter = await api.describe(name);
        console.log(options.json ? JSON.stringify(limiter) : described(limiter));
        return ExitCode.OK;
      }),
    );
}

function described(limiter: operations.DescribeLimiterOutput): string {
  const { status, pauseDate, busiestKeys, waiting, waitingKeys } = limiter;
  const since = pauseDate === undefined ? '' : ` since ${shownTime(pauseDate * 1_000)}`;
  const lines: Array<readonly [string, string]> = [
    ['name', limiter.name],
    ['ARN', limiter.limiterArn],
    ['description', limiter.description ?? '-'],
    ['status', `${status}${since}`],
    ['resource', limiter.resource ?? 'any'],
    ['state machine', limiter.stateMachine ?? 'any'],
    ['limit', shownLimit(limiter.limit)],
    ['key', limiter.key ?? '-'],
    ['limit per key', shownLimit(limiter.limitPerKey)],
    ['priority', limiter.priorityExpression ?? String(limiter.priority ?? 0)],
    ['permits in use', String(limiter.permitsInUse)],
    ['waiting', waiting === 0 ? '0' : `${waiting} of ${waitingKeys} key${waitingKeys === 1 ? '' : 's'}`],
    ['longest wait', shownWait(limiter.longestWaitSeconds)],
  ];
  const settings = textTable(['', ''], lines).trimStart();
  if (limiter.key === undefined || busiestKeys.length === 0) return settings;
  const keys = busiestKeys.map((one) => [one.key, String(one.waiting), String(one.permitsInUse)]);
  return `${settings}\n\n${textTable(['KEY', 'WAITING', 'IN USE'], keys)}`;
}

interface TasksOptions extends ConnectionOptions, JsonOption {
  readonly waiting: boolean;
  readonly permitted: boolean;
}

function tasksCommand(): Command {
  return naming('tasks', 'the tasks that wait for it or have its permits, who came first before the others')
    .option('--waiting', 'only those that wait', false)
    .option('--permitted', 'only those that have permits', false)
    .option('--json', 'one JSON object a line', false)
    .action((name: string, options: TasksOptions) =>
      callLimits(options, async (api) => {
        const filter = options.waiting === options.permitted ? undefined : options.waiting ? 'WAITING' : 'PERMITTED';
        const found = await gathered(api.tasks(name, filter));
        const head = ['STATUS', 'SINCE', 'PRIORITY', 'KEY', 'STATE', 'EXECUTION'];
        if (options.json) for (const task of found) console.log(JSON.stringify(task));
        else console.log(found.length === 0 ? 'There are no such tasks.' : textTable(head, found.map(taskCells)));
        return ExitCode.OK;
      }),
    );
}

function taskCells(task: operations.LimiterTaskListItem): string[] {
  const since = shownTime((task.permitDate ?? task.waitingDate) * 1_000);
  return [task.status, since, String(task.priority), task.key, task.stateName ?? '-', task.executionArn];
}

async function gathered<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

function shownWait(seconds: number | undefined): string {
  if (seconds === undefined) return '-';
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3_600).toFixed(1)} h`;
}
