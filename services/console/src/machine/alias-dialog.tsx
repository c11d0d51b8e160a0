import { useQueryClient } from '@tanstack/react-query';
import type { operations } from '@everstep/protocol';
import { type ReactElement, useState } from 'react';
import { call } from '../api/call.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Choice, Field } from '../ui/field.tsx';
import { nameOf } from '../ui/format.ts';
import { ErrorNote } from '../ui/parts.tsx';
import { useToasts } from '../ui/toasts.tsx';

interface AliasDialogProps {
  readonly stateMachineArn: string;
  /** null: a new one. */
  readonly alias: operations.DescribeStateMachineAliasOutput | null;
  /** The newest first. */
  readonly versions: readonly string[];
  readonly onClose: () => void;
}

/** Makes an alias, or changes where one leads: to a version, or to two by their weights. */
export function AliasDialog({ stateMachineArn, alias, versions, onClose }: AliasDialogProps): ReactElement {
  const [first, second] = alias?.routingConfiguration ?? [];
  const client = useQueryClient();
  const { tell } = useToasts();
  const [name, setName] = useState('');
  const [description, setDescription] = useState(alias?.description ?? '');
  const [main, setMain] = useState(first?.stateMachineVersionArn ?? versions[0] ?? '');
  const [other, setOther] = useState(second?.stateMachineVersionArn ?? '');
  const [share, setShare] = useState(String(second?.weight ?? 10));
  const [error, setError] = useState<unknown>(null);
  const percent = Number(share);
  const isWrong = other !== '' && !(Number.isInteger(percent) && percent >= 0 && percent <= 100);
  const save = async (): Promise<void> => {
    const routingConfiguration = [
      { stateMachineVersionArn: main, weight: other === '' ? 100 : 100 - percent },
      ...(other === '' ? [] : [{ stateMachineVersionArn: other, weight: percent }]),
    ];
    const request = { description, routingConfiguration };
    const arn = alias?.stateMachineAliasArn;
    if (arn === undefined) await call('CreateStateMachineAlias', { name: name.trim(), ...request });
    else await call('UpdateStateMachineAlias', { stateMachineAliasArn: arn, ...request });
    tell(arn === undefined ? `${name} is there.` : `${nameOf(arn)} is changed.`);
    await client.invalidateQueries({ queryKey: ['aliases', stateMachineArn] });
    onClose();
  };
  const options = versions.map((arn): [string, string] => [arn, nameOf(arn)]);
  return (
    <Dialog title={alias === null ? 'New alias' : nameOf(alias.stateMachineAliasArn ?? '')} isOpen onClose={onClose}>
      {alias === null && <Field label="Name" value={name} onChange={setName} isRequired />}
      <Field label="Description" value={description} onChange={setDescription} />
      <Choice label="Leads to" value={main} options={options} onChange={setMain} />
      <Choice
        label="And in part to"
        value={other}
        options={[['', 'no other version'], ...options.filter(([arn]) => arn !== main)]}
        onChange={setOther}
      />
      {other !== '' && (
        <Field
          label="Percent that go there"
          type="number"
          value={share}
          wrong={isWrong ? 'It must be a whole number from 0 to 100.' : null}
          onChange={setShare}
        />
      )}
      {error !== null && <ErrorNote error={error} />}
      <div className="actions">
        <Button
          kind="primary"
          isDisabled={isWrong || main === '' || (alias === null && name.trim() === '')}
          onPress={() => void save().catch(setError)}
        >
          Save
        </Button>
        <Button onPress={onClose}>Cancel</Button>
      </div>
    </Dialog>
  );
}
