import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactElement, useState } from 'react';
import { call, CallError } from '../api/call.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { ErrorNote } from '../ui/parts.tsx';
import { useToasts } from '../ui/toasts.tsx';
import { type DraftProblems, type LimiterDraft, settingsOf } from './limiter-draft.ts';

export interface LimiterDialogProps {
  /** What it is; with an empty name a new one is made. */
  readonly limiter: LimiterDraft;
  readonly onClose: () => void;
}

type FieldEntry = readonly [field: keyof LimiterDraft, label: string, placeholder: string];

const ABOUT: readonly FieldEntry[] = [
  ['resource', 'Tasks with the resource', '*:function:price (all where empty)'],
  ['stateMachine', 'Of state machines', 'orders-* (all where empty)'],
];
const ALL: readonly FieldEntry[] = [
  ['concurrency', 'At once', '10'],
  ['rate', 'Rate', '100/m'],
  ['burst', 'Burst', 'as the rate'],
];
const PER_KEY: readonly FieldEntry[] = [
  ['keyConcurrency', 'At once, of a key', '5'],
  ['keyRate', 'Rate of a key', '20/s'],
  ['keyBurst', 'Burst of a key', 'as the rate'],
];

export function LimiterDialog({ limiter, onClose }: LimiterDialogProps): ReactElement {
  const isNew = limiter.name === '';
  const [draft, setDraft] = useState(limiter);
  const [problems, setProblems] = useState<DraftProblems>({});
  const [error, setError] = useState<unknown>(null);
  const client = useQueryClient();
  const { tell } = useToasts();
  const save = async (): Promise<void> => {
    const read = settingsOf(draft);
    setProblems(read.problems);
    setError(null);
    if (Object.keys(read.problems).length > 0) return;
    const name = draft.name.trim();
    try {
      if (isNew && (await isThere(name))) {
        setProblems({ name: 'There is a limiter of this name.' });
        return;
      }
      await call('PutLimiter', { name, ...read.shape });
      tell(isNew ? `${name} was created.` : `${name} was changed.`);
      onClose();
      await client.invalidateQueries({ queryKey: ['limiters'] });
    } catch (failure) {
      setError(failure);
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void save();
  };
  const input = ([field, label, placeholder]: FieldEntry): ReactElement => (
    <Field
      key={field}
      label={label}
      placeholder={placeholder}
      value={draft[field]}
      wrong={problems[field] ?? null}
      onChange={(value) => setDraft({ ...draft, [field]: value })}
    />
  );
  return (
    <Dialog title={isNew ? 'Create a limiter' : `Edit ${limiter.name}`} isOpen onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        {isNew && input(['name', 'Name', 'price'])}
        {input(['description', 'Description', 'What it is for'])}
        <div className="columns">{ABOUT.map(input)}</div>
        <fieldset>
          <legend>All together</legend>
          <div className="columns">{ALL.map(input)}</div>
        </fieldset>
        <fieldset>
          <legend>Each key by itself</legend>
          {input(['key', 'Key: what tells them apart', '$.tenant or {% $states.input.tenant %}'])}
          <div className="columns">{PER_KEY.map(input)}</div>
        </fieldset>
        {input(['priority', 'Priority: a number or an expression; the greater goes first', '0'])}
        {error !== null && <ErrorNote error={error} title="It was not saved" />}
        <div className="actions">
          <Button kind="primary" type="submit">
            {isNew ? 'Create' : 'Save'}
          </Button>
          <Button onPress={onClose}>Cancel</Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Putting a limiter of a name that is taken would change that one. */
async function isThere(name: string): Promise<boolean> {
  try {
    await call('DescribeLimiter', { name });
    return true;
  } catch (error) {
    if (error instanceof CallError && error.code === 'ResourceNotFound') return false;
    throw error;
  }
}
