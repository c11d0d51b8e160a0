import { useQuery } from '@tanstack/react-query';
import type { operations } from '@everstep/protocol';
import { type ReactElement, useState } from 'react';
import { Link } from 'react-router';
import { call } from '../api/call.ts';
import { Button } from '../ui/button.tsx';
import { Choice } from '../ui/field.tsx';
import { machineNameOf, numberText, STATUS_WORDS } from '../ui/format.ts';
import { Empty, ErrorNote, Loading, Span, StatusBadge, useNow, When } from '../ui/parts.tsx';

const AGAIN_MS = 2_000;
const CHILDREN = 50;
const MANY = 100;

/** The Map Runs of an execution's distributed Maps: how far each is, and its child executions. */
export function MapRuns({ executionArn }: { readonly executionArn: string }): ReactElement | null {
  const { data } = useQuery({
    queryKey: ['map-runs', executionArn],
    queryFn: ({ signal }) => call('ListMapRuns', { executionArn, maxResults: MANY }, signal),
    refetchInterval: AGAIN_MS * 5,
  });
  const runs = data?.mapRuns ?? [];
  if (runs.length === 0) return null;
  return (
    <section className="card" aria-label="Map Runs">
      <div className="card-head">
        <h2>Map Runs</h2>
      </div>
      {runs.map(({ mapRunArn }) => (
        <MapRun key={mapRunArn} mapRunArn={mapRunArn} />
      ))}
    </section>
  );
}

function MapRun({ mapRunArn }: { readonly mapRunArn: string }): ReactElement {
  const [isOpen, setOpen] = useState(false);
  const now = useNow(true);
  const { data, error } = useQuery({
    queryKey: ['map-run', mapRunArn],
    queryFn: ({ signal }) => call('DescribeMapRun', { mapRunArn }, signal),
    refetchInterval: ({ state }) => (state.data === undefined || state.data.status === 'RUNNING' ? AGAIN_MS : false),
  });
  if (error !== null && data === undefined) return <ErrorNote error={error} />;
  if (data === undefined) return <Loading what="the Map Run" />;
  return (
    <div className="map-run stack">
      <div className="row between">
        <div className="row">
          <StatusBadge status={data.status} />
          <strong className="break">{machineNameOf(mapRunArn)}</strong>
          <Span from={data.startDate} to={data.stopDate} now={now} />
        </div>
        <Button size="small" onPress={() => setOpen(!isOpen)}>
          {isOpen ? 'Hide the child executions' : 'Child executions'}
        </Button>
      </div>
      <Progress counts={data.itemCounts} />
      {isOpen && <Children mapRunArn={mapRunArn} />}
    </div>
  );
}

const PARTS = [
  ['succeeded', 'SUCCEEDED', 'succeeded'],
  ['failed', 'FAILED', 'failed'],
  ['timedOut', 'CAUGHT', 'timed out'],
  ['aborted', 'ABORTED', 'aborted'],
  ['running', 'RUNNING', 'running'],
] as const;

/** How many items have come how far, as a bar and in words. */
function Progress({ counts }: { readonly counts: operations.MapRunCounts }): ReactElement {
  const { total, pending } = counts;
  const words = PARTS.filter(([member]) => counts[member] > 0).map(
    ([member, , word]) => `${numberText(counts[member])} ${word}`,
  );
  const said = [...words, ...(pending > 0 ? [`${numberText(pending)} pending`] : [])].join(', ');
  return (
    <div className="stack">
      <div className="progress" role="img" aria-label={`${numberText(total)} items: ${said}`}>
        {PARTS.map(([member, status]) => (
          <span
            key={member}
            data-status={status}
            style={{ width: `${total === 0 ? 0 : (100 * counts[member]) / total}%` }}
          />
        ))}
      </div>
      <span className="small muted">
        {numberText(total)} items: {said}
      </span>
    </div>
  );
}

const FILTERS: ReadonlyArray<readonly [string, string]> = [
  ['', 'All'],
  ...(['FAILED', 'RUNNING', 'SUCCEEDED', 'TIMED_OUT', 'ABORTED'] as const).map((status): [string, string] => [
    status,
    STATUS_WORDS[status] ?? status,
  ]),
];
const KNOWN = ['FAILED', 'RUNNING', 'SUCCEEDED', 'TIMED_OUT', 'ABORTED'] as const;

function Children({ mapRunArn }: { readonly mapRunArn: string }): ReactElement {
  const [status, setStatus] = useState('');
  const wanted = KNOWN.find((one) => one === status);
  const { data, error } = useQuery({
    queryKey: ['children', mapRunArn, status],
    queryFn: ({ signal }) => {
      const filter = wanted === undefined ? {} : { statusFilter: wanted };
      return call('ListExecutions', { mapRunArn, maxResults: CHILDREN, ...filter }, signal);
    },
    refetchInterval: AGAIN_MS,
  });
  if (error !== null && data === undefined) return <ErrorNote error={error} />;
  const children = data?.executions ?? [];
  return (
    <div className="stack">
      <Choice label={`The newest ${CHILDREN} of them`} value={status} options={FILTERS} onChange={setStatus} />
      {children.length === 0 ? (
        <Empty title="None" />
      ) : (
        <table className="list">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Status</th>
              <th scope="col">Started</th>
            </tr>
          </thead>
          <tbody>
            {children.map((child) => (
              <tr key={child.executionArn}>
                <td className="break">
                  <Link to={`/executions/${encodeURIComponent(child.executionArn)}`}>{child.name}</Link>
                </td>
                <td>
                  <StatusBadge status={child.status} />
                </td>
                <td>
                  <When at={child.startDate} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
