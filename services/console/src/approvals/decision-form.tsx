import type { ApprovalChoiceItem, operations } from '@everstep/protocol';
import { type ReactElement, useState } from 'react';
import { messageOf } from '../api/call.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { type Draft, type FieldSchema, type Filled, draftOf, filledOf } from './schema-form.ts';
import { SchemaFields } from './schema-fields.tsx';

export interface Decision {
  readonly choice: string;
  readonly comment?: string;
  /** JSON text. */
  readonly form?: string;
}

interface DecisionFormProps {
  readonly approval: operations.DescribeApprovalOutput;
  /** In whose name a link decides; it asks once more before it does. */
  readonly recipient?: string;
  readonly onDecide: (decision: Decision) => Promise<void>;
}

const NO_PROBLEMS: ReadonlyMap<string, string> = new Map();

/** What is being filled in, and what is wrong with it. */
function useDecision({ approval, onDecide }: DecisionFormProps) {
  const { form, data } = approval;
  const [schema] = useState<FieldSchema | null>(() => (form === undefined ? null : JSON.parse(form)));
  const [given] = useState<unknown>(() => JSON.parse(data ?? '{}'));
  const [draft, setDraft] = useState<Draft>(() => (schema === null ? '' : draftOf(schema, given)));
  const [comment, setComment] = useState('');
  const [problems, setProblems] = useState(NO_PROBLEMS);
  const [failure, setFailure] = useState<string | null>(null);
  const [lacksComment, setLacksComment] = useState(false);
  const [asking, setAsking] = useState<ApprovalChoiceItem | null>(null);
  const [isSending, setSending] = useState(false);
  // Whoever says no need not fill in what is only needed for a yes.
  const filledFor = (choice: ApprovalChoiceItem): Filled | null =>
    schema === null || choice.error !== undefined ? null : filledOf(schema, draft, given);
  const check = (choice: ApprovalChoiceItem): void => {
    const lacks = choice.commentRequired && comment.trim() === '';
    const found = filledFor(choice)?.problems ?? NO_PROBLEMS;
    setProblems(found);
    setLacksComment(lacks);
    setFailure(null);
    if (!lacks && found.size === 0) setAsking(choice);
  };
  const decide = async (choice: ApprovalChoiceItem): Promise<void> => {
    setAsking(null);
    setSending(true);
    const filled = filledFor(choice);
    const said = comment.trim();
    try {
      await onDecide({
        choice: choice.name,
        ...(said === '' ? {} : { comment: said }),
        ...(filled === null ? {} : { form: JSON.stringify(filled.value) }),
      });
    } catch (error) {
      setFailure(messageOf(error));
    } finally {
      setSending(false);
    }
  };
  const shown = { schema, draft, setDraft, comment, setComment, problems, failure, lacksComment };
  return { ...shown, asking, setAsking, isSending, check, decide };
}

/** The form, a comment, and a button for each choice. */
export function DecisionForm(props: DecisionFormProps): ReactElement {
  const { recipient, approval } = props;
  const { choices, mayDecide, reason } = approval;
  const { schema, draft, setDraft, problems, asking, setAsking, isSending, check, decide, ...shown } =
    useDecision(props);
  return (
    <div className="stack">
      {schema !== null && (
        <SchemaFields
          {...{ schema, draft, problems, name: 'Form', path: '', isRequired: false }}
          onChange={(changed) => setDraft(changed)}
        />
      )}
      {mayDecide ? (
        <>
          <Field
            label="Comment"
            rows={3}
            value={shown.comment}
            wrong={shown.lacksComment ? 'This choice needs a comment.' : null}
            onChange={shown.setComment}
          />
          {shown.failure !== null && (
            <div className="note" data-kind="bad" role="alert">
              <span className="break">{shown.failure}</span>
            </div>
          )}
          <div className="actions decide">
            {choices.map((choice) => (
              <Button
                key={choice.name}
                isDisabled={isSending}
                {...(choice.style === 'default' ? {} : { kind: choice.style })}
                onPress={() => check(choice)}
              >
                {choice.label}
              </Button>
            ))}
          </div>
        </>
      ) : (
        <p className="muted">{reason}</p>
      )}
      <Confirm
        choice={asking}
        {...(recipient === undefined ? {} : { recipient })}
        onClose={() => setAsking(null)}
        onDecide={decide}
      />
    </div>
  );
}

interface ConfirmProps {
  readonly choice: ApprovalChoiceItem | null;
  readonly recipient?: string;
  readonly onClose: () => void;
  readonly onDecide: (choice: ApprovalChoiceItem) => Promise<void>;
}

function Confirm({ choice, recipient, onClose, onDecide }: ConfirmProps): ReactElement {
  const missing = choice === null ? 0 : choice.quorum - choice.votes - 1;
  return (
    <Dialog title={choice === null ? '' : `${choice.label}?`} isOpen={choice !== null} onClose={onClose}>
      <p>
        {recipient === undefined ? 'You decide' : `You decide as ${recipient}`}, and it cannot be taken back.
        {missing > 0 && ` ${missing} more ${missing === 1 ? 'person has' : 'people have'} to agree.`}
      </p>
      <div className="actions">
        <Button
          kind={choice?.style === 'danger' ? 'danger' : 'primary'}
          onPress={() => {
            if (choice !== null) void onDecide(choice);
          }}
        >
          {choice?.label ?? ''}
        </Button>
        <Button onPress={onClose}>Not yet</Button>
      </div>
    </Dialog>
  );
}

/** How far it is, where several people have to agree. */
export function Votes({ choices }: { readonly choices: readonly ApprovalChoiceItem[] }): ReactElement | null {
  if (choices.every(({ quorum }) => quorum === 1)) return null;
  return (
    <ul className="votes" aria-label="Votes">
      {choices.map(({ name, label, votes, quorum }) => (
        <li key={name}>
          <span>{label}</span>
          <meter min={0} max={quorum} value={votes} aria-label={`Votes for ${label}`} />
          <span className="num">
            {votes} of {quorum}
          </span>
        </li>
      ))}
    </ul>
  );
}
