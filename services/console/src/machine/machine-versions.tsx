import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { operations } from '@everstep/protocol';
import { type ReactElement, useState } from 'react';
import { Link } from 'react-router';
import { call } from '../api/call.ts';
import { DiffView } from '../editor/diff-view.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
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
  const versions = useQuery({
    queryKey: ['versions', stateMachineArn],
    queryFn: ({ signal }) => call('ListStateMachineVersions', { stateMachineArn, maxResults: ALL }, signal),
  });
  const publish = async (): Promise<void> => {
    const { stateMachineVersionArn } = await call('PublishStateMachineVersion', { stateMachineArn });
    tell(`Published as ${nameOf(stateMachineVersionArn)}.`);
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
        {list.length > 0 && <VersionTable versions={list} onCompare={setCompared} />}
      </section>
      <Aliases stateMachineArn={stateMachineArn} />
      {compared !== null && (
        <Comparison versionArn={compared} definition={definition} onClose={() => setCompared(null)} />
      )}
    </div>
  );
}

interface VersionTableProps {
  readonly versions: operations.ListStateMachineVersionsOutput['stateMachineVersions'];
  readonly onCompare: (versionArn: string) => void;
}

function VersionTable({ versions, onCompare }: VersionTableProps): ReactElement {
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
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface ComparisonProps {
  readonly versionArn: string;
  readonly definition: string;
  readonly onClose: () => void;
}

function Comparison({ versionArn, definition, onClose }: ComparisonProps): ReactElement {
  const { data, error } = useQuery({
    queryKey: ['machine', versionArn],
    queryFn: ({ signal }) => call('DescribeStateMachine', { stateMachineArn: versionArn }, signal),
  });
  return (
    <Dialog title={`From ${nameOf(versionArn)} to the present definition`} isOpen onClose={onClose}>
      {error !== null && <ErrorNote error={error} />}
      {data === undefined && error === null && <Loading what="the version" />}
      {data !== undefined && data.definition === definition && <p>They are the same.</p>}
      {data !== undefined && data.definition !== definition && (
        <DiffView before={prettyJson(data.definition)} after={prettyJson(definition)} label="What differs" />
      )}
      <div className="actions">
        <Button onPress={onClose}>Close</Button>
      </div>
    </Dialog>
  );
}

function Aliases({ stateMachineArn }: { readonly stateMachineArn: string }): ReactElement {
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
      </div>
      {error !== null && <ErrorNote error={error} />}
      {data === undefined && error === null && <Loading what="aliases" />}
      {data !== undefined && data.length === 0 && <Empty title="There is no alias" />}
      {data !== undefined && data.length > 0 && (
        <table className="list">
          <thead>
            <tr>
              <th scope="col">Alias</th>
              <th scope="col">Leads to</th>
              <th scope="col">Description</th>
            </tr>
          </thead>
          <tbody>
            {data.map(({ stateMachineAliasArn, routingConfiguration, description }) => (
              <tr key={stateMachineAliasArn}>
                <td>
                  <Link to={`/executions?machine=${encodeURIComponent(stateMachineAliasArn ?? '')}`}>
                    {nameOf(stateMachineAliasArn ?? '')}
                  </Link>
                </td>
                <td>
                  {routingConfiguration
                    ?.map(({ stateMachineVersionArn, weight }) => `${nameOf(stateMachineVersionArn)} (${weight} %)`)
                    .join(', ')}
                </td>
                <td className="break">{description}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
