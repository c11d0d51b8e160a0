import { useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { useNavigate } from 'react-router';
import { call } from '../api/call.ts';
import { useSession } from '../api/session.tsx';
import type { MachineType } from '../editor/findings.ts';
import { DefinitionEditor } from '../machine/definition-editor.tsx';
import { Button } from '../ui/button.tsx';
import { Choice, Field } from '../ui/field.tsx';
import { ErrorNote, PageHead } from '../ui/parts.tsx';

const FIRST = JSON.stringify(
  {
    Comment: 'Says hello',
    QueryLanguage: 'JSONata',
    StartAt: 'Hello',
    States: { Hello: { Type: 'Pass', Output: { said: "{% 'Hello, ' & $states.input.name & '!' %}" }, End: true } },
  },
  null,
  2,
);

const TYPES: ReadonlyArray<readonly [MachineType, string]> = [
  ['STANDARD', 'Standard: durable, up to a year'],
  ['EXPRESS', 'Express: in memory, up to five minutes'],
];

export default function NewMachinePage(): ReactElement {
  const { accountId } = useSession();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [type, setType] = useState<MachineType>('STANDARD');
  const [roleArn, setRole] = useState(`arn:aws:iam::${accountId}:role/everstep`);
  const [definition, setDefinition] = useState(FIRST);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const create = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      const { stateMachineArn } = await call('CreateStateMachine', { name: name.trim(), type, roleArn, definition });
      await client.invalidateQueries({ queryKey: ['machines'] });
      await navigate(`/machines/${encodeURIComponent(stateMachineArn)}`);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <PageHead
        title="New state machine"
        document="New state machine"
        crumbs={[{ to: '/machines', text: 'State machines' }]}
      >
        <Button kind="primary" isDisabled={isBusy || name.trim() === ''} onPress={() => void create()}>
          {isBusy ? 'Creating …' : 'Create'}
        </Button>
      </PageHead>
      <section className="card pad" aria-label="Facts">
        <div className="filters">
          <Field className="wide" label="Name" value={name} onChange={setName} isRequired />
          <Choice
            label="Type"
            value={type}
            options={TYPES}
            onChange={(chosen) => setType(chosen === 'EXPRESS' ? 'EXPRESS' : 'STANDARD')}
          />
          <Field
            className="wide"
            label="Role ARN (AWS asks for one; here it names nothing)"
            value={roleArn}
            onChange={setRole}
          />
        </div>
      </section>
      {error !== null && <ErrorNote error={error} title="It was not created" />}
      <DefinitionEditor text={definition} onChange={setDefinition} machineType={type} name={name} />
    </>
  );
}
