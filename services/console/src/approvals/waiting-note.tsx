import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { Link } from 'react-router';
import { call } from '../api/call.ts';
import { Icon } from '../ui/icon.tsx';
import { whoText } from './approval-parts.tsx';
import { TaskButtons } from './waiting-tasks.tsx';

const ASK_MS = 3_000;
const MOST = 200;

/** Whom a state waits for: a person, or whoever has its token. */
export function WaitingNote({
  executionArn,
  state,
}: {
  readonly executionArn: string;
  readonly state: string;
}): ReactElement | null {
  const approvals = useQuery({
    queryKey: ['approvals', 'of', executionArn],
    queryFn: ({ signal }) => call('ListApprovals', { executionArn, maxResults: MOST }, signal),
    refetchInterval: ASK_MS,
  });
  const stateMachineArn = executionArn.replace(':execution:', ':stateMachine:').split(':').slice(0, 7).join(':');
  const tasks = useQuery({
    queryKey: ['approvals', 'tasks', stateMachineArn],
    queryFn: ({ signal }) => call('ListTasks', { stateMachineArn, maxResults: MOST }, signal),
    refetchInterval: ASK_MS,
    // One whose machine is gone still runs, and shows the rest.
    retry: false,
  });
  const asked = (approvals.data?.approvals ?? []).filter(({ stateName }) => stateName === state);
  const plain = (tasks.data?.tasks ?? []).filter(
    (task) => task.executionArn === executionArn && task.stateName === state && task.approvalArn === undefined,
  );
  if (asked.length + plain.length === 0) return null;
  return (
    <div className="note">
      <Icon name="clock" />
      <div className="stack">
        {asked.map((item) => (
          <span key={item.approvalArn} className="break">
            Waits for a decision of {whoText(item)}:{' '}
            <Link to={`/approvals/${encodeURIComponent(item.approvalArn)}`}>{item.title ?? 'the approval'}</Link>
          </span>
        ))}
        {plain.map((task) => (
          <div key={task.taskToken} className="stack">
            <span>Waits for its token. Answer it by hand:</span>
            <TaskButtons task={task} />
          </div>
        ))}
      </div>
    </div>
  );
}
