import { useQueryClient } from '@tanstack/react-query';
import type { operations } from '@everstep/protocol';
import { type ReactElement, useState } from 'react';
import { call } from '../api/call.ts';
import { DiffView } from '../editor/diff-view.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { prettyJson } from '../ui/json-text.ts';
import { ErrorNote } from '../ui/parts.tsx';
import { useToasts } from '../ui/toasts.tsx';

export interface SaveDialogProps {
  readonly machine: operations.DescribeStateMachineOutput;
  /** What it shall be. */
  readonly definition: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Shows what changes before it does; running executions go on with what they began with. */
export function SaveDialog({ machine, definition, isOpen, onClose }: SaveDialogProps): ReactElement {
  const { stateMachineArn } = machine;
  const client = useQueryClient();
  const { tell } = useToasts();
  const [isPublished, setPublished] = useState(false);
  const [description, setDescription] = useState('');
  const [error, setError] = useState<unknown>(null);
  const save = async (): Promise<void> => {
    setError(null);
    try {
      const version = description.trim() === '' ? {} : { versionDescription: description.trim() };
      const publish = isPublished ? { publish: true, ...version } : {};
      const answer = await call('UpdateStateMachine', { stateMachineArn, definition, ...publish });
      tell(answer.stateMachineVersionArn === undefined ? 'The definition was saved.' : 'It was saved and published.');
      onClose();
      await client.invalidateQueries({ queryKey: ['machine', stateMachineArn] });
      await client.invalidateQueries({ queryKey: ['versions', stateMachineArn] });
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <Dialog title="Save the definition?" isOpen={isOpen} onClose={onClose}>
      <p className="muted">Executions that run go on with the definition that they began with.</p>
      <DiffView before={prettyJson(machine.definition)} after={definition} label="What changes" />
      <label className="row">
        <input type="checkbox" checked={isPublished} onChange={(event) => setPublished(event.target.checked)} />
        Publish it as a version
      </label>
      {isPublished && <Field label="Description of the version" value={description} onChange={setDescription} />}
      {error !== null && <ErrorNote error={error} title="It was not saved" />}
      <div className="actions">
        <Button kind="primary" onPress={() => void save()}>
          Save
        </Button>
        <Button onPress={onClose}>Not yet</Button>
      </div>
    </Dialog>
  );
}
