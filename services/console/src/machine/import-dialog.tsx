import { type ReactElement, useId, useState } from 'react';
import { messageOf } from '../api/call.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';

interface ImportDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onImport: (text: string) => void;
}

/** Takes a definition from a file or from the clipboard, in JSON or YAML. */
export function ImportDialog({ isOpen, onClose, onImport }: ImportDialogProps): ReactElement {
  const id = useId();
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const take = async (given: string): Promise<void> => {
    const { readDefinitionText } = await import('./yaml-text.ts');
    const read = readDefinitionText(given);
    if ('problem' in read) {
      setProblem(read.problem);
      return;
    }
    setText('');
    setProblem(null);
    onImport(read.text);
    onClose();
  };
  const fail = (error: unknown): void => setProblem(messageOf(error));
  const pick = (file: File | undefined): void => {
    file?.text().then((given) => {
      setText(given);
      setProblem(null);
    }, fail);
  };
  return (
    <Dialog title="Import a definition" isOpen={isOpen} onClose={onClose}>
      <div className="field">
        <label htmlFor={id}>A file in JSON or YAML</label>
        <input
          id={id}
          type="file"
          accept=".json,.yaml,.yml,.asl,application/json"
          onChange={(event) => pick(event.target.files?.[0])}
        />
      </div>
      <Field label="Or its text" rows={12} value={text} wrong={problem} onChange={setText} />
      <div className="actions">
        <Button kind="primary" isDisabled={text.trim() === ''} onPress={() => void take(text).catch(fail)}>
          Import
        </Button>
        <Button onPress={onClose}>Cancel</Button>
      </div>
    </Dialog>
  );
}
