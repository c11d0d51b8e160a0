import { useInfiniteQuery } from '@tanstack/react-query';
import type { operations } from '@everstep/protocol';
import { type ReactElement, useState } from 'react';
import { Link } from 'react-router';
import { call } from '../api/call.ts';
import { LimiterDialog } from '../limits/limiter-dialog.tsx';
import { NEW_LIMITER } from '../limits/limiter-draft.ts';
import { aboutText, LimiterStatus, limitText, Permits } from '../limits/limiter-parts.tsx';
import { Button } from '../ui/button.tsx';
import { numberText, spanText } from '../ui/format.ts';
import { Empty, ErrorNote, Loading, PageHead } from '../ui/parts.tsx';

const PAGE = 100;
const AGAIN_MS = 2_000;

/** What says how many tasks run, and which go first. */
export default function LimitsPage(): ReactElement {
  const [isCreating, setCreating] = useState(false);
  const { data, error, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['limiters'],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      call('ListLimiters', { maxResults: PAGE, ...(pageParam === '' ? {} : { nextToken: pageParam }) }, signal),
    getNextPageParam: ({ nextToken }) => nextToken,
    refetchInterval: AGAIN_MS,
  });
  const limiters = (data?.pages ?? []).flatMap((page) => page.limiters);
  return (
    <>
      <PageHead title="Limits" document="Limits">
        <Button kind="primary" onPress={() => setCreating(true)}>
          Create limiter
        </Button>
      </PageHead>
      <section className="card" aria-label="Limiters">
        {error !== null && <ErrorNote error={error} title="The limiters cannot be listed" />}
        {data === undefined && error === null && <Loading what="limiters" />}
        {data !== undefined && limiters.length === 0 && (
          <Empty title="No limiters">
            Tasks run as they come. A limiter says how many run at once or in a time, and which go first.
          </Empty>
        )}
        {limiters.length > 0 && <LimiterTable limiters={limiters} />}
        {hasNextPage && (
          <div className="card-head">
            <Button size="small" onPress={() => void fetchNextPage()}>
              More
            </Button>
          </div>
        )}
      </section>
      {isCreating && <LimiterDialog limiter={NEW_LIMITER} onClose={() => setCreating(false)} />}
    </>
  );
}

function LimiterTable({ limiters }: { readonly limiters: readonly operations.LimiterListItem[] }): ReactElement {
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="List of limiters">
      <table className="list">
        <thead>
          <tr>
            {['Name', 'Status', 'About', 'All together', 'Each key', 'Permits out'].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
            {['Waiting', 'Longest wait'].map((title) => (
              <th key={title} scope="col" className="right">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {limiters.map((limiter) => (
            <tr key={limiter.limiterArn}>
              <td className="name" title={limiter.description ?? limiter.name}>
                <Link to={`/limits/${encodeURIComponent(limiter.name)}`}>{limiter.name}</Link>
              </td>
              <td>
                <LimiterStatus status={limiter.status} />
              </td>
              <td className="break">{aboutText(limiter)}</td>
              <td>{limitText(limiter.limit)}</td>
              <td>{limitText(limiter.limitPerKey)}</td>
              <td>
                <Permits inUse={limiter.permitsInUse} limit={limiter.limit?.concurrency} />
              </td>
              <td className="right num">{numberText(limiter.waiting)}</td>
              <td className="right num">
                {limiter.longestWaitSeconds === undefined ? '–' : spanText(limiter.longestWaitSeconds)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
