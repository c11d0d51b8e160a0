import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { operations } from '@everstep/protocol';
import { type ReactElement, useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { call } from '../api/call.ts';
import { LimiterDialog } from '../limits/limiter-dialog.tsx';
import { draftOf } from '../limits/limiter-draft.ts';
import { LimiterStatus, limitText, Permits } from '../limits/limiter-parts.tsx';
import { LimiterTasks } from '../limits/limiter-tasks.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { numberText, spanText } from '../ui/format.ts';
import { ErrorNote, Fact, Loading, PageHead, When } from '../ui/parts.tsx';
import { useToasts } from '../ui/toasts.tsx';

const AGAIN_MS = 2_000;

export default function LimiterPage(): ReactElement {
  const { name = '' } = useParams();
  const [asked, setAsked] = useState<'edit' | 'delete' | null>(null);
  const { data, error } = useQuery({
    queryKey: ['limiters', name],
    queryFn: ({ signal }) => call('DescribeLimiter', { name }, signal),
    refetchInterval: AGAIN_MS,
  });
  const close = (): void => setAsked(null);
  return (
    <>
      <PageHead title={name} document={name} crumbs={[{ to: '/limits', text: 'Limits' }]}>
        {data !== undefined && (
          <Actions limiter={data} onEdit={() => setAsked('edit')} onDelete={() => setAsked('delete')} />
        )}
      </PageHead>
      {error !== null && <ErrorNote error={error} title="The limiter cannot be read" />}
      {data === undefined && error === null && <Loading what="the limiter" />}
      {data !== undefined && (
        <div className="stack">
          <Facts limiter={data} />
          {data.busiestKeys.length > 0 && data.key !== undefined && <BusiestKeys limiter={data} />}
          <LimiterTasks name={name} />
          {asked === 'edit' && <LimiterDialog limiter={draftOf(name, data)} onClose={close} />}
          {asked === 'delete' && <DeleteDialog limiter={data} onClose={close} />}
        </div>
      )}
    </>
  );
}

interface ActionsProps {
  readonly limiter: operations.DescribeLimiterOutput;
  readonly onEdit: () => void;
  readonly onDelete: () => void;
}

function Actions({ limiter, onEdit, onDelete }: ActionsProps): ReactElement {
  const { name, status } = limiter;
  const client = useQueryClient();
  const { tell, fail } = useToasts();
  const isPaused = status === 'PAUSED';
  const change = async (): Promise<void> => {
    await call(isPaused ? 'ResumeLimiter' : 'PauseLimiter', { name });
    tell(isPaused ? `${name} gives permits again.` : `${name} gives no permits until it is resumed.`);
    await client.invalidateQueries({ queryKey: ['limiters'] });
  };
  return (
    <>
      <Button icon={isPaused ? 'running' : 'stop'} onPress={() => void change().catch(fail)}>
        {isPaused ? 'Resume' : 'Pause'}
      </Button>
      <Button icon="edit" onPress={onEdit}>
        Edit
      </Button>
      <Button icon="trash" kind="danger" onPress={onDelete}>
        Delete
      </Button>
    </>
  );
}

function Facts({ limiter }: { readonly limiter: operations.DescribeLimiterOutput }): ReactElement {
  const { status, description, resource, stateMachine, key, limit, limitPerKey, priority, priorityExpression } =
    limiter;
  return (
    <section className="card" aria-label="The limiter">
      <dl className="facts card-facts">
        <Fact name="Status">
          <LimiterStatus status={status} />
        </Fact>
        <Fact name="Permits out">
          <Permits inUse={limiter.permitsInUse} limit={limit?.concurrency} />
        </Fact>
        <Fact name="Waiting">
          {numberText(limiter.waiting)}
          {key !== undefined &&
            limiter.waitingKeys > 0 &&
            ` under ${numberText(limiter.waitingKeys)} ${limiter.waitingKeys === 1 ? 'key' : 'keys'}`}
        </Fact>
        <Fact name="Longest wait">
          {limiter.longestWaitSeconds === undefined ? '–' : spanText(limiter.longestWaitSeconds)}
        </Fact>
        <Fact name="All together">{limitText(limit)}</Fact>
        <Fact name="Each key">{limitText(limitPerKey)}</Fact>
        <Fact name="Key">{key === undefined ? 'none' : <code className="break">{key}</code>}</Fact>
        <Fact name="Priority">
          {priorityExpression === undefined ? (priority ?? 0) : <code className="break">{priorityExpression}</code>}
        </Fact>
        <Fact name="Resource">{resource === undefined ? 'all' : <code className="break">{resource}</code>}</Fact>
        <Fact name="State machine">
          {stateMachine === undefined ? 'all' : <code className="break">{stateMachine}</code>}
        </Fact>
        <Fact name="Changed">
          <When at={limiter.updateDate} />
        </Fact>
        {description !== undefined && (
          <Fact name="Description">
            <span className="break">{description}</span>
          </Fact>
        )}
      </dl>
    </section>
  );
}

function BusiestKeys({ limiter }: { readonly limiter: operations.DescribeLimiterOutput }): ReactElement {
  return (
    <section className="card" aria-label="Busiest keys">
      <div className="card-head">
        <h2>Busiest keys</h2>
      </div>
      <div className="scroll" tabIndex={0} role="region" aria-label="List of keys">
        <table className="list">
          <thead>
            <tr>
              <th scope="col">Key</th>
              <th scope="col">Permits out</th>
              <th scope="col" className="right">
                Waiting
              </th>
            </tr>
          </thead>
          <tbody>
            {limiter.busiestKeys.map(({ key, waiting, permitsInUse }) => (
              <tr key={key}>
                <td className="break mono">{key === '' ? '(empty)' : key}</td>
                <td>
                  <Permits inUse={permitsInUse} limit={limiter.limitPerKey?.concurrency} />
                </td>
                <td className="right num">{numberText(waiting)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface DeleteDialogProps {
  readonly limiter: operations.DescribeLimiterOutput;
  readonly onClose: () => void;
}

function DeleteDialog({ limiter, onClose }: DeleteDialogProps): ReactElement {
  const { name, waiting } = limiter;
  const [error, setError] = useState<unknown>(null);
  const navigate = useNavigate();
  const client = useQueryClient();
  const { tell } = useToasts();
  const remove = async (): Promise<void> => {
    await call('DeleteLimiter', { name });
    tell(`${name} was deleted.`);
    client.removeQueries({ queryKey: ['limiters', name] });
    await navigate('/limits');
  };
  return (
    <Dialog title={`Delete ${name}?`} isOpen onClose={onClose}>
      <p>{releasedText(waiting)}</p>
      {error !== null && <ErrorNote error={error} title="It was not deleted" />}
      <div className="actions">
        <Button kind="danger" onPress={() => void remove().catch(setError)}>
          Delete
        </Button>
        <Button onPress={onClose}>Cancel</Button>
      </div>
    </Dialog>
  );
}

function releasedText(waiting: number): string {
  if (waiting === 0) return 'Tasks run as they come from then on, as far as other limiters let them.';
  const tasks = waiting === 1 ? 'The task that waits starts' : `The ${numberText(waiting)} tasks that wait start`;
  return `${tasks} at once, as far as other limiters let them.`;
}
