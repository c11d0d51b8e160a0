import type { LimiterShape, LimitSettings } from '@everstep/protocol';
import type { ReactElement } from 'react';
import { numberText } from '../ui/format.ts';
import { rateText } from './limiter-draft.ts';

export function LimiterStatus({ status }: { readonly status: 'ACTIVE' | 'PAUSED' }): ReactElement {
  return (
    <span className="tag" {...(status === 'PAUSED' ? { 'data-kind': 'late' } : {})}>
      {status === 'PAUSED' ? 'Paused' : 'Active'}
    </span>
  );
}

/** `10 at once, 100/m (burst 20)` */
export function limitText(limit: LimitSettings | undefined): string {
  const { concurrency, rate } = limit ?? {};
  const burst = rate?.burst === undefined || rate.burst === rate.permits ? '' : ` (burst ${numberText(rate.burst)})`;
  const parts = [
    ...(concurrency === undefined ? [] : [`${numberText(concurrency)} at once`]),
    ...(rate === undefined ? [] : [rateText(rate) + burst]),
  ];
  return parts.length === 0 ? 'none' : parts.join(', ');
}

/** What is out, of what may be out at once. */
export function Permits({
  inUse,
  limit,
}: {
  readonly inUse: number;
  readonly limit: number | undefined;
}): ReactElement {
  if (limit === undefined) return <span className="num">{numberText(inUse)}</span>;
  const share = Math.min(1, inUse / limit);
  return (
    <span className="permits">
      <span className="num">
        {numberText(inUse)} of {numberText(limit)}
      </span>
      <svg className="permits-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect width="100" height="6" rx="3" />
        <rect data-share={share >= 1 ? 'full' : 'some'} width={share * 100} height="6" rx="3" />
      </svg>
    </span>
  );
}

/** What a limiter limits, in a line. */
export function aboutText({ resource, stateMachine }: LimiterShape): string {
  const tasks = resource === undefined ? 'all tasks' : resource;
  return stateMachine === undefined ? tasks : `${tasks} in ${stateMachine}`;
}
