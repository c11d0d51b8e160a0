import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { operations } from '@everstep/protocol';
import { type ReactElement, useState } from 'react';
import { Link, useParams } from 'react-router';
import { call } from '../api/call.ts';
import { useSession } from '../api/session.tsx';
import { ApprovalBadge, Description, Due, Section, Trail, whoText } from '../approvals/approval-parts.tsx';
import { type Decision, DecisionForm, Votes } from '../approvals/decision-form.tsx';
import { useHistory } from '../history/use-history.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { machineNameOf, nameOf, spanText } from '../ui/format.ts';
import { JsonView } from '../ui/json-view.tsx';
import { ErrorNote, Fact, Loading, PageHead, StatusBadge, useNow, When } from '../ui/parts.tsx';
import { useToasts } from '../ui/toasts.tsx';

/** Somebody else may decide while one reads. In milliseconds. */
const ASK_MS = 3_000;
const CRUMBS = [{ to: '/approvals', text: 'Approvals' }];

export default function ApprovalPage(): ReactElement {
  const { approvalArn = '' } = useParams();
  const { data, error } = useQuery({
    queryKey: ['approval', approvalArn],
    queryFn: ({ signal }) => call('DescribeApproval', { approvalArn }, signal),
    refetchInterval: ({ state }) => (state.data?.status === 'OPEN' ? ASK_MS : false),
  });
  if (data === undefined && error === null) return <Loading what="the approval" />;
  if (data === undefined) {
    return (
      <>
        <PageHead title="Approval" document="Approval" crumbs={CRUMBS} />
        <ErrorNote error={error} title="The approval cannot be shown" />
      </>
    );
  }
  return <ApprovalView key={approvalArn} approval={data} />;
}

function ApprovalView({ approval }: { readonly approval: operations.DescribeApprovalOutput }): ReactElement {
  const { approvalArn, title = 'Approval', description, context, output, choices, trail, status } = approval;
  const client = useQueryClient();
  const { tell } = useToasts();
  const now = useNow(status === 'OPEN');
  const again = async (): Promise<void> => {
    await client.invalidateQueries({ queryKey: ['approval', approvalArn] });
    await client.invalidateQueries({ queryKey: ['approvals'] });
  };
  const decide = async (decision: Decision): Promise<void> => {
    try {
      const answer = await call('DecideApproval', { approvalArn, ...decision });
      tell(answer.status === 'OPEN' ? `Noted. ${answer.remaining} more to agree.` : 'Decided.');
    } finally {
      await again();
    }
  };
  return (
    <>
      <PageHead title={title} document={title} crumbs={CRUMBS}>
        <ApprovalActions approval={approval} onDone={again} />
      </PageHead>
      <ApprovalFacts approval={approval} now={now} />
      <div className="approval">
        <div className="stack">
          {description !== undefined && (
            <Section title="Description">
              <Description text={description} />
            </Section>
          )}
          <Section title={status === 'OPEN' ? 'Decide' : 'Decision'}>
            <Votes choices={choices} />
            {status === 'OPEN' ? (
              <DecisionForm approval={approval} onDecide={decide} />
            ) : (
              <p className="muted">{approval.reason}</p>
            )}
            {output !== undefined && <JsonView text={output} label="Answer to the task" />}
          </Section>
          {context !== undefined && (
            <Section title="Context">
              <JsonView text={context} label="Context" />
            </Section>
          )}
          <SoFar executionArn={approval.executionArn} />
        </div>
        <Section title="What happened">
          <Trail trail={trail} now={now} />
          {status === 'OPEN' && <CommentBox approvalArn={approvalArn} onDone={again} />}
        </Section>
      </div>
    </>
  );
}

function ApprovalFacts({
  approval,
  now,
}: {
  readonly approval: operations.DescribeApprovalOutput;
  readonly now: number;
}): ReactElement {
  const { executionArn, stateMachineArn, stateName, creationDate, closeDate, escalated } = approval;
  return (
    <section className="card pad" aria-label="Facts">
      <dl className="facts">
        <Fact name="Status">
          <ApprovalBadge item={approval} />
        </Fact>
        <Fact name="Due">
          <Due item={approval} now={now} />
        </Fact>
        <Fact name="For">
          {whoText(approval)}
          {escalated && <span className="late"> escalated</span>}
        </Fact>
        <Fact name="Asked">
          <When at={creationDate} now={now} />
        </Fact>
        {closeDate !== undefined && (
          <Fact name="Closed">
            <When at={closeDate} />
          </Fact>
        )}
        <Fact name="Execution">
          <Link to={`/executions/${encodeURIComponent(executionArn)}`}>{nameOf(executionArn).split(':').pop()}</Link>
        </Fact>
        <Fact name="State">
          {stateName} · {machineNameOf(stateMachineArn)}
        </Fact>
      </dl>
    </section>
  );
}

interface DoingProps {
  readonly approval: operations.DescribeApprovalOutput;
  readonly onDone: () => Promise<void>;
}

function ApprovalActions({ approval, onDone }: DoingProps): ReactElement | null {
  const { approvalArn, claimedBy, mayDecide, status, choices, assignees, groups } = approval;
  const { user } = useSession();
  const { fail } = useToasts();
  const [isDelegating, setDelegating] = useState(false);
  if (status !== 'OPEN') return null;
  const me = user?.userName ?? 'local';
  const act = (work: Promise<unknown>): void => void work.then(onDone, fail);
  const isAlone = assignees.length === 1 && groups.length === 0;
  const canClaim = choices.every(({ quorum }) => quorum === 1) && !isAlone;
  return (
    <>
      {claimedBy === me && <Button onPress={() => act(call('ReleaseApproval', { approvalArn }))}>Release</Button>}
      {claimedBy === undefined && mayDecide && canClaim && (
        <Button onPress={() => act(call('ClaimApproval', { approvalArn }))}>Claim</Button>
      )}
      {claimedBy !== undefined && claimedBy !== me && (
        <Button onPress={() => act(call('ClaimApproval', { approvalArn, force: true }))}>Take over</Button>
      )}
      {mayDecide && <Button onPress={() => setDelegating(true)}>Delegate …</Button>}
      <DelegateDialog {...{ approvalArn, isOpen: isDelegating, onDone }} onClose={() => setDelegating(false)} />
    </>
  );
}

interface DelegateDialogProps {
  readonly approvalArn: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onDone: () => Promise<void>;
}

function DelegateDialog({ approvalArn, isOpen, onClose, onDone }: DelegateDialogProps): ReactElement {
  const [to, setTo] = useState('');
  const [comment, setComment] = useState('');
  const { tell, fail } = useToasts();
  const delegate = async (): Promise<void> => {
    await call('DelegateApproval', { approvalArn, to, ...(comment === '' ? {} : { comment }) });
    tell(`${to} decides now.`);
    onClose();
    await onDone();
  };
  return (
    <Dialog title="Delegate" isOpen={isOpen} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          delegate().catch(fail);
        }}
      >
        <Field label="To (user name)" value={to} isRequired onChange={setTo} />
        <Field label="Comment" value={comment} rows={2} onChange={setComment} />
        <div className="actions">
          <Button kind="primary" type="submit" isDisabled={to.trim() === ''}>
            Delegate
          </Button>
          <Button onPress={onClose}>Cancel</Button>
        </div>
      </form>
    </Dialog>
  );
}

function CommentBox({
  approvalArn,
  onDone,
}: {
  readonly approvalArn: string;
  readonly onDone: () => Promise<void>;
}): ReactElement {
  const [text, setText] = useState('');
  const { fail } = useToasts();
  const send = async (): Promise<void> => {
    await call('CommentApproval', { approvalArn, comment: text.trim() });
    setText('');
    await onDone();
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        send().catch(fail);
      }}
    >
      <Field label="Say something without deciding" value={text} rows={2} onChange={setText} />
      <div className="row">
        <Button size="small" type="submit" isDisabled={text.trim() === ''}>
          Comment
        </Button>
      </div>
    </form>
  );
}

/** As many states as fit on a page; the whole story is on the execution's own. */
const SHOWN_VISITS = 25;

/** What the execution has done before it asked. */
function SoFar({ executionArn }: { readonly executionArn: string }): ReactElement | null {
  const { model, error } = useHistory({ executionArn, isOpen: false, round: 0, onStatus: () => undefined });
  const now = useNow(false);
  if (error !== null || model.visits.length === 0) return null;
  const shown = model.visits.slice(-SHOWN_VISITS);
  return (
    <Section title="The execution so far">
      <div className="scroll" tabIndex={0} role="region" aria-label="States so far">
        <table className="list">
          <thead>
            <tr>
              {['State', 'Status', 'Duration'].map((title) => (
                <th key={title} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((visit) => (
              <tr key={visit.index}>
                <td className="break">{visit.state}</td>
                <td>
                  <StatusBadge status={model.statusOf(visit)} />
                </td>
                <td className="num nowrap">{spanText(model.durationOf(visit, now))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Link to={`/executions/${encodeURIComponent(executionArn)}`}>Its graph, data and events</Link>
    </Section>
  );
}
