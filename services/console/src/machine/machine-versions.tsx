import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { operations } from '@everstep/protocol';
import { type ReactElement, useState } from 'react';
import { Link } from 'react-router';
import { call } from '../api/call.ts';
import { DeleteDialog } from './delete-dialog.tsx';
import { AliasDialog } from './alias-dialog.tsx';
import { DiffView } from '../editor/diff-view.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Choice } from '../ui/field.tsx';
import { nameOf } from '../ui/format.ts';
import { prettyJson } from '../ui/json-text.ts';
import { Empty, ErrorNote, Loading, When } from '../ui/parts.tsx';
import { useToasts } from '../ui/toasts.tsx';

interface MachineVersionsProps {
  readonly stateMachineArn: string;
  /** The present one. */
  readonly definition: string;
}

const ALL = 1_000;

/** The versions of a machine, what each differs in from the present definition, and the aliases that lead to them. */
export function MachineVersions({ stateMachineArn, definition }: MachineVersionsProps): ReactElement {
  const client = useQueryClient();
  const { tell, fail } = useToasts();
  const [compared, setCompared] = useState<string | null>(null);
  const [doomed, setDoomed] = useState<string | null>(null);
  const versions = useQuery({
    queryKey: ['versions', stateMachineArn],
    queryFn: ({ signal }) => call('ListStateMachineVersions', { stateMachineArn, maxResults: ALL }, signal),
  });
  const publish = async (): Promise<void> => {
    const { stateMachineVersionArn } = await call('PublishStateMachineVersion', { stateMachineArn });
    tell(`Published as ${nameOf(stateMachineVersionArn)}.`);
    await client.invalidateQueries({ queryKey: ['versions', stateMachineArn] });
  };
  const remove = async (stateMachineVersionArn: string): Promise<void> => {
    await call('DeleteStateMachineVersion', { stateMachineVersionArn });
    tell(`${nameOf(stateMachineVersionArn)} is deleted.`);
    await client.invalidateQueries({ queryKey: ['versions', stateMachineArn] });
  };
  const list = versions.data?.stateMachineVersions ?? [];
  return (
    <div className="stack">
      <section className="card" aria-label="Versions">
        <div className="card-head">
          <h2>Versions</h2>
          <Button size="small" onPress={() => void publish().catch(fail)}>
            Publish the present definition
          </Button>
        </div>
        {versions.error !== null && <ErrorNote error={versions.error} />}
        {versions.data === undefined && versions.error === null && <Loading what="versions" />}
        {versions.data !== undefined && list.length === 0 && <Empty title="No version was published yet" />}
        {list.length > 0 && <VersionTable versions={list} onCompare={setCompared} onDelete={setDoomed} />}
      </section>
      <Aliases
        stateMachineArn={stateMachineArn}
        versions={list.map(({ stateMachineVersionArn }) => stateMachineVersionArn)}
      />
      {doomed !== null && (
        <DeleteDialog arn={doomed} onDelete={() => void remove(doomed).catch(fail)} onClose={() => setDoomed(null)}>
          Executions that run with it go on. An alias that leads to it must be led elsewhere first.
        </DeleteDialog>
      )}
      {compared !== null && (
        <Comparison
          versionArn={compared}
          versions={list.map(({ stateMachineVersionArn }) => stateMachineVersionArn)}
          definition={definition}
          onClose={() => setCompared(null)}
        />
      )}
    </div>
  );
}

interface VersionTableProps {
  readonly versions: operations.ListStateMachineVersionsOutput['stateMachineVersions'];
  readonly onCompare: (versionArn: string) => void;
  readonly onDelete: (versionArn: string) => void;
}

function VersionTable({ versions, onCompare, onDelete }: VersionTableProps): ReactElement {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">Version</th>
          <th scope="col">Published</th>
          <th scope="col">
            <span className="sr-only">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {versions.map(({ stateMachineVersionArn, creationDate }) => (
          <tr key={stateMachineVersionArn}>
            <td>
              <Link to={`/machines/${encodeURIComponent(stateMachineVersionArn)}`}>
                {nameOf(stateMachineVersionArn)}
              </Link>
            </td>
            <td>
              <When at={creationDate} />
            </td>
            <td className="right">
              <Button size="small" onPress={() => onCompare(stateMachineVersionArn)}>
                Compare
              </Button>{' '}
              <Button
                size="small"
                kind="plain"
                icon="trash"
                label={`Delete ${nameOf(stateMachineVersionArn)}`}
                onPress={() => onDelete(stateMachineVersionArn)}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface ComparisonProps {
  readonly versionArn: string;
  readonly versions: readonly string[];
  /** The present one. */
  readonly definition: string;
  readonly onClose: () => void;
}

function useDefinition(versionArn: string) {
  return useQuery({
    queryKey: ['machine', versionArn],
    enabled: versionArn !== '',
    queryFn: ({ signal }) => call('DescribeStateMachine', { stateMachineArn: versionArn }, signal),
  });
}

/** What is different between a version and another one, or the present definition. */
function Comparison({ versionArn, versions, definition, onClose }: ComparisonProps): ReactElement {
  const [otherArn, setOther] = useState('');
  const { data, error } = useDefinition(versionArn);
  const other = useDefinition(otherArn);
  const after = otherArn === '' ? definition : other.data?.definition;
  const others = versions.filter((arn) => arn !== versionArn).map((arn): [string, string] => [arn, nameOf(arn)]);
  return (
    <Dialog title={`From ${nameOf(versionArn)}`} isOpen onClose={onClose}>
      <Choice label="To" value={otherArn} options={[['', 'the present definition'], ...others]} onChange={setOther} />
      {(error ?? other.error) !== null && <ErrorNote error={error ?? other.error} />}
      {(data === undefined || after === undefined) && error === null && other.error === null && (
        <Loading what="the version" />
      )}
      {data !== undefined && data.definition === after && <p>They are the same.</p>}
      {data !== undefined && after !== undefined && data.definition !== after && (
        <DiffView key={otherArn} before={prettyJson(data.definition)} after={prettyJson(after)} label="What differs" />
      )}
      <div className="actions">
        <Button onPress={onClose}>Close</Button>
      </div>
    </Dialog>
  );
}

interface AliasesProps {
  readonly stateMachineArn: string;
  readonly versions: readonly string[];
}

type Editing = { readonly alias: operations.DescribeStateMachineAliasOutput | null } | null;

function Aliases({ stateMachineArn, versions }: AliasesProps): ReactElement {
  const client = useQueryClient();
  const { tell, fail } = useToasts();
  const [editing, setEditing] = useState<Editing>(null);
  const [doomed, setDoomed] = useState<string | null>(null);
  const remove = async (stateMachineAliasArn: string): Promise<void> => {
    await call('DeleteStateMachineAlias', { stateMachineAliasArn });
    tell(`${nameOf(stateMachineAliasArn)} is deleted.`);
    await client.invalidateQueries({ queryKey: ['aliases', stateMachineArn] });
  };
  const { data, error } = useQuery({
    queryKey: ['aliases', stateMachineArn],
    queryFn: async ({ signal }) => {
      const { stateMachineAliases } = await call(
        'ListStateMachineAliases',
        { stateMachineArn, maxResults: ALL },
        signal,
      );
      return Promise.all(
        stateMachineAliases.map(({ stateMachineAliasArn }) =>
          call('DescribeStateMachineAlias', { stateMachineAliasArn }, signal),
        ),
      );
    },
  });
  return (
    <section className="card" aria-label="Aliases">
      <div className="card-head">
        <h2>Aliases</h2>
        <Button size="small" isDisabled={versions.length === 0} onPress={() => setEditing({ alias: null })}>
          New alias …
        </Button>
      </div>
      {error !== null && <ErrorNote error={error} />}
      {data === undefined && error === null && <Loading what="aliases" />}
      {data !== undefined && data.length === 0 && <Empty title="There is no alias" />}
      {data !== undefined && data.length > 0 && (
        <AliasTable aliases={data} onEdit={(alias) => setEditing({ alias })} onDelete={setDoomed} />
      )}
      {doomed !== null && (
        <DeleteDialog arn={doomed} onDelete={() => void remove(doomed).catch(fail)} onClose={() => setDoomed(null)}>
          Whoever starts executions by its ARN is refused from then on.
        </DeleteDialog>
      )}
      {editing !== null && (
        <AliasDialog {...{ stateMachineArn, versions, ...editing }} onClose={() => setEditing(null)} />
      )}
    </section>
  );
}

interface AliasTableProps {
  readonly aliases: readonly operations.DescribeStateMachineAliasOutput[];
  readonly onEdit: (alias: operations.DescribeStateMachineAliasOutput) => void;
  readonly onDelete: (aliasArn: string) => void;
}

function AliasTable({ aliases, onEdit, onDelete }: AliasTableProps): ReactElement {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">Alias</th>
          <th scope="col">Leads to</th>
          <th scope="col">Description</th>
          <th scope="col">
            <span className="sr-only">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {aliases.map((alias) => {
          const { stateMachineAliasArn, routingConfiguration, description } = alias;
          return (
            <tr key={stateMachineAliasArn}>
              <td>
                <Link to={`/executions?machine=${encodeURIComponent(stateMachineAliasArn)}`}>
                  {nameOf(stateMachineAliasArn)}
                </Link>
              </td>
              <td>
                {routingConfiguration
                  ?.map(({ stateMachineVersionArn, weight }) => `${nameOf(stateMachineVersionArn)} (${weight} %)`)
                  .join(', ')}
              </td>
              <td className="break">{description}</td>
              <td className="right">
                <Button size="small" label={`Edit ${nameOf(stateMachineAliasArn)}`} onPress={() => onEdit(alias)}>
                  Edit
                </Button>{' '}
                <Button
                  size="small"
                  kind="plain"
                  icon="trash"
                  label={`Delete ${nameOf(stateMachineAliasArn)}`}
                  onPress={() => onDelete(stateMachineAliasArn)}
                />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
