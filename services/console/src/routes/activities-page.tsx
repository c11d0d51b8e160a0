import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactElement, useState } from 'react';
import { call } from '../api/call.ts';
import { Button, CopyButton } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { Empty, ErrorNote, Loading, PageHead, useNow, When } from '../ui/parts.tsx';
import { useToasts } from '../ui/toasts.tsx';

const PAGE = 200;
const AGAIN_MS = 10_000;

/** The pools of work that workers outside poll. */
export default function ActivitiesPage(): ReactElement {
  const [isCreating, setCreating] = useState(false);
  const [leaving, setLeaving] = useState<string | null>(null);
  const now = useNow(true, 10_000);
  const { data, error, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['activities'],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      call('ListActivities', { maxResults: PAGE, ...(pageParam === '' ? {} : { nextToken: pageParam }) }, signal),
    getNextPageParam: ({ nextToken }) => nextToken,
    refetchInterval: AGAIN_MS,
  });
  const activities = (data?.pages ?? []).flatMap((page) => page.activities);
  return (
    <>
      <PageHead title="Activities" document="Activities">
        <Button kind="primary" onPress={() => setCreating(true)}>
          Create activity
        </Button>
      </PageHead>
      <section className="card" aria-label="Activities">
        {error !== null && <ErrorNote error={error} title="The activities cannot be listed" />}
        {data === undefined && error === null && <Loading what="activities" />}
        {data !== undefined && activities.length === 0 && (
          <Empty title="No activities">Work that processes of your own take with GetActivityTask.</Empty>
        )}
        {activities.length > 0 && (
          <div className="scroll" tabIndex={0} role="region" aria-label="List of activities">
            <table className="list">
              <thead>
                <tr>
                  {['Name', 'Created', 'ARN', 'Actions'].map((title) => (
                    <th key={title} scope="col">
                      {title}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {activities.map(({ activityArn, name, creationDate }) => (
                  <tr key={activityArn}>
                    <td className="break">{name}</td>
                    <td>
                      <When at={creationDate} now={now} />
                    </td>
                    <td className="break mono small">{activityArn}</td>
                    <td>
                      <span className="row">
                        <CopyButton text={activityArn} what={`the ARN of ${name}`} />
                        <Button
                          size="small"
                          kind="plain"
                          icon="trash"
                          label={`Delete ${name}`}
                          onPress={() => setLeaving(activityArn)}
                        />
                      </span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {hasNextPage && (
          <div className="card-head">
            <Button size="small" onPress={() => void fetchNextPage()}>
              More
            </Button>
          </div>
        )}
      </section>
      {isCreating && <CreateDialog onClose={() => setCreating(false)} />}
      {leaving !== null && <DeleteDialog activityArn={leaving} onClose={() => setLeaving(null)} />}
    </>
  );
}

function CreateDialog({ onClose }: { readonly onClose: () => void }): ReactElement {
  const [name, setName] = useState('');
  const [error, setError] = useState<unknown>(null);
  const client = useQueryClient();
  const { tell } = useToasts();
  const create = async (): Promise<void> => {
    await call('CreateActivity', { name: name.trim() });
    tell(`${name.trim()} was created.`);
    onClose();
    await client.invalidateQueries({ queryKey: ['activities'] });
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    create().catch(setError);
  };
  return (
    <Dialog title="Create an activity" isOpen onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <Field label="Name" value={name} onChange={setName} isRequired />
        {error !== null && <ErrorNote error={error} title="It was not created" />}
        <div className="actions">
          <Button kind="primary" type="submit">
            Create
          </Button>
          <Button onPress={onClose}>Cancel</Button>
        </div>
      </form>
    </Dialog>
  );
}

interface DeleteDialogProps {
  readonly activityArn: string;
  readonly onClose: () => void;
}

function DeleteDialog({ activityArn, onClose }: DeleteDialogProps): ReactElement {
  const [error, setError] = useState<unknown>(null);
  const client = useQueryClient();
  const name = activityArn.split(':').at(-1) ?? '';
  const remove = async (): Promise<void> => {
    await call('DeleteActivity', { activityArn });
    onClose();
    await client.invalidateQueries({ queryKey: ['activities'] });
  };
  return (
    <Dialog title={`Delete ${name}?`} isOpen onClose={onClose}>
      <p>Nobody can poll it any more, and tasks that need it fail.</p>
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
