import { useQuery } from '@tanstack/react-query';
import type { operations } from '@everstep/protocol';
import type { ReactElement } from 'react';
import { call } from '../api/call.ts';
import { numberText, spanText } from '../ui/format.ts';
import { ErrorNote, Fact, Loading, When } from '../ui/parts.tsx';

const AGAIN_MS = 5_000;
/** Later than this, what is due is found late. */
const LATE_SECONDS = 5;

/** What runs the executions, and whether it keeps up. */
export function Installation(): ReactElement {
  const { data, error } = useQuery({
    queryKey: ['installation'],
    queryFn: ({ signal }) => call('DescribeInstallation', {}, signal),
    refetchInterval: AGAIN_MS,
  });
  return (
    <section className="card" aria-label="Installation">
      <div className="card-head">
        <h2>Installation</h2>
      </div>
      {error !== null && data === undefined && <ErrorNote error={error} />}
      {data === undefined && error === null && <Loading what="the installation" />}
      {data !== undefined && <Health installation={data} />}
    </section>
  );
}

function Health({ installation }: { readonly installation: operations.DescribeInstallationOutput }): ReactElement {
  const { queue, store, overdueSeconds, workers, date } = installation;
  const alive = workers.filter((worker) => worker.alive);
  return (
    <>
      <dl className="facts card-facts">
        <Fact name="Workers alive">
          <State isGood={alive.length > 0} text={numberText(alive.length)} />
        </Fact>
        <Fact name="Executions in their hands">
          {numberText(alive.reduce((sum, { executions }) => sum + executions, 0))}
        </Fact>
        <Fact name="Most overdue">
          <State
            isGood={overdueSeconds < LATE_SECONDS}
            text={overdueSeconds === 0 ? 'nothing' : spanText(overdueSeconds)}
          />
        </Fact>
        <Fact name="Queue">
          <State
            isGood={queue.healthy}
            text={
              queue.healthy
                ? `healthy${queue.depth === undefined ? '' : `, ${numberText(queue.depth)} waiting`}`
                : (queue.reason ?? 'not healthy')
            }
          />
        </Fact>
        <Fact name="Database">
          <State
            isGood={store.status === 'ok'}
            text={store.status === 'ok' ? 'serves' : (store.reason ?? store.status)}
          />
        </Fact>
      </dl>
      <div className="scroll" tabIndex={0} role="region" aria-label="Workers">
        <table className="list">
          <thead>
            <tr>
              <th scope="col">Worker</th>
              <th scope="col">Host</th>
              <th scope="col">State</th>
              <th scope="col">Lease until</th>
              <th scope="col" className="right">
                Executions
              </th>
            </tr>
          </thead>
          <tbody>
            {workers.map((worker) => (
              <tr key={worker.workerId}>
                <td className="mono break">{worker.workerId}</td>
                <td>{worker.host}</td>
                <td>
                  <State isGood={worker.alive} text={worker.alive ? 'alive' : 'gone'} />
                </td>
                <td>
                  <When at={worker.leaseDate} {...(worker.alive ? {} : { now: date })} />
                </td>
                <td className="right num">{numberText(worker.executions)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function State({ isGood, text }: { readonly isGood: boolean; readonly text: string }): ReactElement {
  return <span className={isGood ? 'good' : 'bad'}>{text}</span>;
}
