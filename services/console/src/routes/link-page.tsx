import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { operations } from '@everstep/protocol';
import type { ReactElement } from 'react';
import { send } from '../api/call.ts';
import { ApprovalBadge, Description, Due, Section, Trail } from '../approvals/approval-parts.tsx';
import { type Decision, DecisionForm, Votes } from '../approvals/decision-form.tsx';
import { JsonView } from '../ui/json-view.tsx';
import { ErrorNote, Fact, Loading, PageHead, useNow, When } from '../ui/parts.tsx';
import { useToasts } from '../ui/toasts.tsx';

type Linked = operations.DescribeApprovalOutput & { readonly recipient: string };

async function ask(token: string, operation: string, input: object = {}, signal?: AbortSignal): Promise<string> {
  return send('/console/link', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, operation, input }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** What a notice's link opens, for whoever has the link. Looking decides nothing. */
export default function LinkPage({ token }: { readonly token: string }): ReactElement {
  const client = useQueryClient();
  const { tell } = useToasts();
  const { data, error } = useQuery({
    queryKey: ['link', token],
    queryFn: async ({ signal }): Promise<Linked> => JSON.parse(await ask(token, 'Describe', {}, signal)),
  });
  const now = useNow(true);
  const decide = async (decision: Decision): Promise<void> => {
    try {
      const answer: operations.DecideApprovalOutput = JSON.parse(await ask(token, 'Decide', decision));
      tell(answer.status === 'OPEN' ? `Noted. ${answer.remaining} more to agree.` : 'Decided. Thank you.');
    } finally {
      await client.invalidateQueries({ queryKey: ['link', token] });
    }
  };
  if (data === undefined) {
    return (
      <main className="link-page">
        {error === null ? <Loading what="the approval" /> : <ErrorNote error={error} title="This link opens nothing" />}
      </main>
    );
  }
  return (
    <main className="link-page">
      <PageHead title={data.title ?? 'Approval'} document={data.title ?? 'Approval'} />
      <section className="card pad" aria-label="Facts">
        <dl className="facts">
          <Fact name="Status">
            <ApprovalBadge item={data} />
          </Fact>
          <Fact name="Due">
            <Due item={data} now={now} />
          </Fact>
          <Fact name="You are">{data.recipient}</Fact>
          <Fact name="Asked">
            <When at={data.creationDate} now={now} />
          </Fact>
        </dl>
      </section>
      {data.description !== undefined && (
        <Section title="Description">
          <Description text={data.description} />
        </Section>
      )}
      {data.context !== undefined && <JsonView text={data.context} label="Context" />}
      <Section title={data.status === 'OPEN' ? 'Decide' : 'Decision'}>
        <Votes choices={data.choices} />
        {data.status === 'OPEN' ? (
          <DecisionForm approval={data} recipient={data.recipient} onDecide={decide} />
        ) : (
          <p className="muted">{data.reason}</p>
        )}
      </Section>
      <Section title="What happened">
        <Trail trail={data.trail} now={now} />
      </Section>
    </main>
  );
}
