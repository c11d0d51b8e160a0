import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { operations } from '@everstep/protocol';
import { type ReactElement, useState } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import { call } from '../api/call.ts';
import { StartDialog } from '../execution/start-dialog.tsx';
import { DefinitionEditor } from '../machine/definition-editor.tsx';
import { MachineVersions } from '../machine/machine-versions.tsx';
import { SettingsDialog } from '../machine/settings-dialog.tsx';
import { SaveDialog } from '../machine/save-dialog.tsx';
import { Button, CopyButton } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { nameOf } from '../ui/format.ts';
import { prettyJson } from '../ui/json-text.ts';
import { Empty, ErrorNote, Fact, Loading, PageHead, When } from '../ui/parts.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { useToasts } from '../ui/toasts.tsx';
import { ExecutionList, NO_FILTERS } from './execution-list.tsx';

const CRUMBS = [{ to: '/machines', text: 'State machines' }];

export default function MachinePage(): ReactElement {
  const { stateMachineArn = '' } = useParams();
  const { data, error } = useQuery({
    queryKey: ['machine', stateMachineArn],
    queryFn: ({ signal }) => call('DescribeStateMachine', { stateMachineArn }, signal),
  });
  if (error !== null && data === undefined) {
    return (
      <>
        <PageHead title="State machine" document="State machine" crumbs={CRUMBS} />
        <ErrorNote error={error} title="The state machine cannot be shown" />
      </>
    );
  }
  if (data === undefined) return <Loading what="the state machine" />;
  return <Machine key={`${stateMachineArn} ${data.revisionId ?? ''}`} machine={data} />;
}

function Machine({ machine }: { readonly machine: operations.DescribeStateMachineOutput }): ReactElement {
  const { stateMachineArn, name, type, definition } = machine;
  const [params, setParams] = useSearchParams();
  const [text, setText] = useState(() => prettyJson(definition));
  const [isStarting, setStarting] = useState(false);
  const [isSaving, setSaving] = useState(false);
  // A version never changes.
  const isVersion = /:\d+$/.test(stateMachineArn);
  const isChanged = text !== prettyJson(definition);
  const unqualified = stateMachineArn.split(':').slice(0, 7).join(':');
  return (
    <>
      <PageHead title={nameOf(stateMachineArn)} document={name} crumbs={CRUMBS}>
        {!isVersion && <DeleteButton stateMachineArn={stateMachineArn} name={name} />}
        {!isVersion && (
          <Button isDisabled={!isChanged} onPress={() => setSaving(true)}>
            Save …
          </Button>
        )}
        <Button kind="primary" icon="executions" onPress={() => setStarting(true)}>
          Start execution …
        </Button>
      </PageHead>
      <MachineFacts machine={machine} />
      <Tabs
        label="Views of the state machine"
        selected={params.get('tab') ?? 'definition'}
        onSelect={(tab) => setParams({ tab }, { replace: true })}
        tabs={[
          {
            ...{ id: 'definition', title: isChanged ? 'Definition (changed)' : 'Definition' },
            content: (
              <DefinitionEditor text={text} onChange={setText} machineType={type} name={name} isReadOnly={isVersion}>
                {isChanged && (
                  <Button size="small" onPress={() => setText(prettyJson(definition))}>
                    Undo all
                  </Button>
                )}
              </DefinitionEditor>
            ),
          },
          {
            ...{ id: 'executions', title: 'Executions' },
            content: <MachineExecutions stateMachineArn={stateMachineArn} isExpress={type === 'EXPRESS'} />,
          },
          {
            ...{ id: 'versions', title: 'Versions and aliases' },
            content: <MachineVersions stateMachineArn={unqualified} definition={definition} />,
          },
        ]}
      />
      <StartDialog
        stateMachineArn={stateMachineArn}
        isExpress={type === 'EXPRESS'}
        input="{}"
        isOpen={isStarting}
        onClose={() => setStarting(false)}
      />
      <SaveDialog machine={machine} definition={text} isOpen={isSaving} onClose={() => setSaving(false)} />
    </>
  );
}

function MachineFacts({ machine }: { readonly machine: operations.DescribeStateMachineOutput }): ReactElement {
  const { stateMachineArn, type, status, creationDate, roleArn, loggingConfiguration, description } = machine;
  const isVersion = /:\d+$/.test(stateMachineArn);
  const tags = useQuery({
    queryKey: ['tags', stateMachineArn],
    enabled: !isVersion,
    queryFn: ({ signal }) => call('ListTagsForResource', { resourceArn: stateMachineArn }, signal),
  });
  const [isEditing, setEditing] = useState(false);
  return (
    <section className="card pad" aria-label="Facts">
      <dl className="facts">
        <Fact name="Type">{type === 'EXPRESS' ? 'Express' : 'Standard'}</Fact>
        <Fact name="Status">{status === 'ACTIVE' ? 'Active' : 'Being deleted'}</Fact>
        <Fact name="Created">
          <When at={creationDate} />
        </Fact>
        <Fact name="Role">{roleArn}</Fact>
        <Fact name="Log level">{loggingConfiguration.level ?? 'OFF'}</Fact>
        <Fact name="ARN">
          <CopyButton text={stateMachineArn} what="ARN">
            Copy ARN
          </CopyButton>
        </Fact>
        {description !== undefined && <Fact name="Description">{description}</Fact>}
        {(tags.data?.tags.length ?? 0) > 0 && (
          <Fact name="Tags">
            {tags.data?.tags.map(({ key, value = '' }) => (
              <span key={key} className="tag">
                {key}: {value}
              </span>
            ))}
          </Fact>
        )}
        {!isVersion && tags.data !== undefined && (
          <Fact name="Log, role, tags">
            <Button size="small" icon="edit" onPress={() => setEditing(true)}>
              Settings …
            </Button>
          </Fact>
        )}
      </dl>
      {isEditing && <SettingsDialog machine={machine} tags={tags.data?.tags ?? []} onClose={() => setEditing(false)} />}
    </section>
  );
}

function MachineExecutions({
  stateMachineArn,
  isExpress,
}: {
  stateMachineArn: string;
  isExpress: boolean;
}): ReactElement {
  return (
    <section className="card" aria-label="Executions">
      {isExpress ? (
        <Empty title="Express executions are not kept">
          What they do is in their log, where the machine asks for one.
        </Empty>
      ) : (
        <ExecutionList filters={{ ...NO_FILTERS, machine: stateMachineArn }} />
      )}
    </section>
  );
}

function DeleteButton({ stateMachineArn, name }: { stateMachineArn: string; name: string }): ReactElement {
  const [isAsking, setAsking] = useState(false);
  const navigate = useNavigate();
  const client = useQueryClient();
  const { tell, fail } = useToasts();
  const remove = async (): Promise<void> => {
    await call('DeleteStateMachine', { stateMachineArn });
    await client.invalidateQueries({ queryKey: ['machines'] });
    tell(`${name} is being deleted.`);
    await navigate('/machines');
  };
  return (
    <>
      <Button kind="danger" icon="trash" onPress={() => setAsking(true)}>
        Delete …
      </Button>
      <Dialog title={`Delete ${name}?`} isOpen={isAsking} onClose={() => setAsking(false)}>
        <p>Its running executions are stopped, and its versions and aliases go with it.</p>
        <div className="actions">
          <Button kind="danger" onPress={() => void remove().catch(fail)}>
            Delete it
          </Button>
          <Button onPress={() => setAsking(false)}>Keep it</Button>
        </div>
      </Dialog>
    </>
  );
}
