import { useInfiniteQuery } from '@tanstack/react-query';
import type { operations } from '@everstep/protocol';
import { type ReactElement, useState } from 'react';
import { Link } from 'react-router';
import { call } from '../api/call.ts';
import { Button } from '../ui/button.tsx';
import { Choice } from '../ui/field.tsx';
import { machineNameOf, nameOf, spanText } from '../ui/format.ts';
import { Empty, ErrorNote, Loading, useNow } from '../ui/parts.tsx';

const PAGE = 50;
const AGAIN_MS = 2_000;

type Wanted = '' | operations.LimiterTaskStatus;

const STATUSES: ReadonlyArray<readonly [Wanted, string]> = [
  ['', 'All'],
  ['WAITING', 'That wait'],
  ['PERMITTED', 'With a permit'],
];

/** Who waits for a limiter, and who holds its permits. */
export function LimiterTasks({ name }: { readonly name: string }): ReactElement {
  const [wanted, setWanted] = useState<Wanted>('');
  const { data, error, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['limiters', name, 'tasks', wanted],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      call(
        'ListLimiterTasks',
        {
          name,
          maxResults: PAGE,
          ...(wanted === '' ? {} : { statusFilter: wanted }),
          ...(pageParam === '' ? {} : { nextToken: pageParam }),
        },
        signal,
      ),
    getNextPageParam: ({ nextToken }) => nextToken,
    refetchInterval: AGAIN_MS,
  });
  const tasks = (data?.pages ?? []).flatMap((page) => page.tasks);
  return (
    <section className="card" aria-label="Tasks">
      <div className="card-head">
        <h2>Tasks</h2>
        <Choice
          label="Which tasks"
          value={wanted}
          options={STATUSES}
          onChange={(value) => setWanted(STATUSES.find(([one]) => one === value)?.[0] ?? '')}
        />
      </div>
      {error !== null && <ErrorNote error={error} title="The tasks cannot be listed" />}
      {data === undefined && error === null && <Loading what="tasks" />}
      {data !== undefined && tasks.length === 0 && <Empty title="No tasks">None waits, and no permit is out.</Empty>}
      {tasks.length > 0 && <TaskTable tasks={tasks} />}
      {hasNextPage && (
        <div className="card-head">
          <Button size="small" onPress={() => void fetchNextPage()}>
            More
          </Button>
        </div>
      )}
    </section>
  );
}

function TaskTable({ tasks }: { readonly tasks: readonly operations.LimiterTaskListItem[] }): ReactElement {
  const now = useNow(true);
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="List of tasks">
      <table className="list">
        <thead>
          <tr>
            {['Execution', 'State machine', 'State', 'Key', 'Task'].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
            {['Priority', 'Since'].map((title) => (
              <th key={title} scope="col" className="right">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {tasks.map(({ executionArn, stateMachineArn, taskId, stateName, key, priority, status, ...times }) => (
            <tr key={`${executionArn} ${taskId}`}>
              <td className="name">
                <Link to={`/executions/${encodeURIComponent(executionArn)}`}>
                  {nameOf(executionArn).split(':').slice(1).join(':')}
                </Link>
              </td>
              <td className="break">{machineNameOf(stateMachineArn)}</td>
              <td className="break">{stateName ?? '(encrypted)'}</td>
              <td className="break mono">{key === '' ? '–' : key}</td>
              <td>{status === 'WAITING' ? 'waits' : 'has its permit'}</td>
              <td className="right num">{priority}</td>
              <td className="right num">{spanText(Math.max(0, now - (times.permitDate ?? times.waitingDate)))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
