import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { operations } from '@everstep/protocol';
import { type ReactElement, useState } from 'react';
import { Link } from 'react-router';
import { call } from '../api/call.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { machineNameOf, nameOf } from '../ui/format.ts';
import { ErrorNote, When } from '../ui/parts.tsx';
import { useToasts } from '../ui/toasts.tsx';

const SHOWN = 200;
const ASK_MS = 3_000;

/** What waits for any other callback: whoever may, answers it by hand. */
export function WaitingTasks({ now }: { readonly now: number }): ReactElement | null {
  const { data, error } = useQuery({
    queryKey: ['approvals', 'tasks'],
    queryFn: ({ signal }) => call('ListTasks', { maxResults: SHOWN }, signal),
    refetchInterval: ASK_MS,
  });
  if (error !== null) return <ErrorNote error={error} title="The tasks that wait cannot be listed" />;
  const tasks = (data?.tasks ?? []).filter(({ approvalArn }) => approvalArn === undefined);
  if (tasks.length === 0) return null;
  return (
    <section className="card" aria-label="Other callbacks">
      <div className="card-head">
        <h2>Other tasks that wait for an answer</h2>
      </div>
      <ul className="inbox">
        {tasks.map((task) => (
          <li key={task.taskToken} className="inbox-item row between">
            <span className="stack tight">
              <Link to={`/executions/${encodeURIComponent(task.executionArn)}`}>
                {task.stateName} of {nameOf(task.executionArn).split(':').pop()}
              </Link>
              <span className="muted small break">
                {machineNameOf(task.stateMachineArn)} · waits since <When at={task.openedDate} now={now} />
              </span>
            </span>
            <TaskButtons task={task} />
          </li>
        ))}
      </ul>
    </section>
  );
}

type Answering = 'success' | 'failure' | null;

/** Lets a task that waits for its token succeed or fail. */
export function TaskButtons({
  task,
}: {
  readonly task: Pick<operations.TaskListItem, 'taskToken' | 'stateName'>;
}): ReactElement {
  const [answering, setAnswering] = useState<Answering>(null);
  const close = (): void => setAnswering(null);
  return (
    <span className="actions">
      <Button size="small" kind="primary" onPress={() => setAnswering('success')}>
        Succeed …
      </Button>
      <Button size="small" kind="danger" onPress={() => setAnswering('failure')}>
        Fail …
      </Button>
      <SuccessDialog task={task} isOpen={answering === 'success'} onClose={close} />
      <FailureDialog task={task} isOpen={answering === 'failure'} onClose={close} />
    </span>
  );
}

interface AnswerDialogProps {
  readonly task: Pick<operations.TaskListItem, 'taskToken' | 'stateName'>;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

function useAnswer(onClose: () => void): (work: Promise<unknown>, told: string) => void {
  const client = useQueryClient();
  const { tell, fail } = useToasts();
  return (work, told) => {
    work.then(async () => {
      tell(told);
      onClose();
      await client.invalidateQueries({ queryKey: ['approvals'] });
    }, fail);
  };
}

function problemOf(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function SuccessDialog({ task, isOpen, onClose }: AnswerDialogProps): ReactElement {
  const [output, setOutput] = useState('{}');
  const answer = useAnswer(onClose);
  const wrong = problemOf(output);
  const send = (): void =>
    answer(call('SendTaskSuccess', { taskToken: task.taskToken, output }), `${task.stateName} has succeeded.`);
  return (
    <Dialog title={`Let ${task.stateName} succeed?`} isOpen={isOpen} onClose={onClose}>
      <Field label="Output, as JSON" rows={6} value={output} wrong={wrong} onChange={setOutput} />
      <div className="actions">
        <Button kind="primary" isDisabled={wrong !== null} onPress={send}>
          Succeed
        </Button>
        <Button onPress={onClose}>Not yet</Button>
      </div>
    </Dialog>
  );
}

function FailureDialog({ task, isOpen, onClose }: AnswerDialogProps): ReactElement {
  const [error, setError] = useState('Rejected');
  const [cause, setCause] = useState('');
  const answer = useAnswer(onClose);
  const send = (): void =>
    answer(call('SendTaskFailure', { taskToken: task.taskToken, error, cause }), `${task.stateName} has failed.`);
  return (
    <Dialog title={`Let ${task.stateName} fail?`} isOpen={isOpen} onClose={onClose}>
      <Field label="Error" value={error} onChange={setError} />
      <Field label="Cause" rows={3} value={cause} onChange={setCause} />
      <div className="actions">
        <Button kind="danger" onPress={send}>
          Fail
        </Button>
        <Button onPress={onClose}>Not yet</Button>
      </div>
    </Dialog>
  );
}
