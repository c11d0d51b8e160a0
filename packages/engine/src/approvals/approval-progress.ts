import { jsonText } from '@everstep/language';
import { ApiError } from '@everstep/protocol';
import type { ApprovalRecord } from '../ports/approval-store.ts';
import type { ApprovalRequest } from './approval-request.ts';

/** Who acts: the name of an access key's user, and the groups of that key. */
export interface Person {
  readonly name: string;
  readonly groups: readonly string[];
  /** Nobody is asked who they are here: everything is theirs. */
  readonly isAnybody: boolean;
  /** By a link that a notice carried, which stands for its recipient. */
  readonly byLink?: boolean;
}

export type TrailAction =
  | 'OPENED'
  | 'CLAIMED'
  | 'RELEASED'
  | 'DELEGATED'
  | 'COMMENTED'
  | 'DECIDED'
  | 'ESCALATED'
  | 'REMINDED'
  | 'NOTICE_FAILED'
  | 'CLOSED';

export interface TrailEntry {
  readonly at: number;
  /** null: by itself. */
  readonly user: string | null;
  readonly action: TrailAction;
  readonly comment?: string;
  readonly choice?: string;
  readonly to?: string;
  readonly via?: 'LINK';
}

export interface ApprovalVote {
  readonly user: string;
  readonly choice: string;
  readonly comment: string | null;
  /** JSON text; null: the request's data, unchanged. */
  readonly form: string | null;
  readonly at: number;
}

/** How its task was answered. */
export type ApprovalOutcome =
  | { readonly ok: true; readonly choice: string /** JSON text. */; readonly output: string }
  | { readonly ok: false; readonly choice: string | null; readonly error: string; readonly cause: string };

export type NoticeKind = 'opened' | 'reminder' | 'delegated' | 'escalated';

/** A message that is still to be sent one way. */
export interface PendingNotice {
  /** Stable over repetitions, within the approval. */
  readonly id: string;
  readonly kind: NoticeKind;
  /** The index of the request's way. */
  readonly way: number;
  /** Of a mail, whom it goes to: one that is refused must not have the others sent again. */
  readonly to?: string;
  readonly at: number;
  readonly attempts: number;
}

/** All that happens to an approval: plain data, kept as JSON. */
export interface ApprovalProgress {
  readonly assignees: readonly string[];
  readonly groups: readonly string[];
  readonly claimedBy: string | null;
  readonly decisions: readonly ApprovalVote[];
  readonly escalated: boolean;
  readonly notices: readonly PendingNotice[];
  readonly nextNotice: number;
  readonly trail: readonly TrailEntry[];
  /** What its task has been answered. */
  readonly outcome: ApprovalOutcome | null;
}

/** An approval with its documents read. */
export interface Approval {
  readonly record: ApprovalRecord;
  readonly request: ApprovalRequest;
  readonly progress: ApprovalProgress;
}

export const NO_QUORUM_ERROR = 'Approval.NoQuorum';
export const COMMENT_LENGTH = 4_096;
const MAX_TRAIL = 1_000;

export function readApproval(record: ApprovalRecord): Approval {
  const request: ApprovalRequest = JSON.parse(record.request);
  const progress: ApprovalProgress = JSON.parse(record.progress);
  return { record, request, progress };
}

/** The first state of an approval that is asked for now. */
export function openProgress(request: ApprovalRequest, now: number): ApprovalProgress {
  const { assignees, groups, reminders } = request;
  const empty: ApprovalProgress = {
    ...{ assignees, groups, claimedBy: null, decisions: [], escalated: false, notices: [], nextNotice: 1 },
    trail: [{ at: now, user: null, action: 'OPENED' }],
    outcome: null,
  };
  const opened = withNotice(request, empty, 'opened', now);
  return reminders.reduce((progress, at) => withNotice(request, progress, 'reminder', at), opened);
}

/** With a message to be sent every way there is, to each who has a mail of their own. */
export function withNotice(
  { notify }: ApprovalRequest,
  progress: ApprovalProgress,
  kind: NoticeKind,
  at: number,
): ApprovalProgress {
  const { nextNotice, notices } = progress;
  const added = notify.flatMap((one, way): PendingNotice[] => {
    const notice = { id: `${nextNotice}-${way}`, kind, way, at, attempts: 0 };
    if (one.kind === 'webhook') return [notice];
    return one.to.map((to, index) => ({ ...notice, id: `${notice.id}-${index}`, to }));
  });
  return { ...progress, notices: [...notices, ...added], nextNotice: nextNotice + 1 };
}

export function withTrail(progress: ApprovalProgress, entry: TrailEntry): ApprovalProgress {
  return { ...progress, trail: [...progress.trail, entry] };
}

/** Whose it is, as the store looks for it. */
export function peopleOf({ assignees, groups, claimedBy }: ApprovalProgress): string[] {
  const users = claimedBy === null || assignees.includes(claimedBy) ? assignees : [...assignees, claimedBy];
  const people = [...users.map((name) => `user:${name}`), ...groups.map((name) => `group:${name}`)];
  return assignees.length + groups.length === 0 ? [...people, '*'] : people;
}

/** When something is to be done for it that nobody asks for; null: never. */
export function lookAtOf({
  request,
  progress,
  record,
}: Pick<Approval, 'request' | 'progress'> & {
  readonly record: Pick<ApprovalRecord, 'status' | 'createdAt'>;
}): number | null {
  const { notices, escalated } = progress;
  if (record.status !== 'OPEN') return null;
  const times = notices.map(({ at }) => at);
  if (request.escalation !== null && !escalated) times.push(request.escalation.at);
  return times.length === 0 ? null : Math.min(...times);
}

/** Beyond all times there are. */
const UNDUE = 10_000_000_000_000;

/** Overdue ones first, then by when they are due, then the others by age; what is closed: the last first. */
export function rankOf(
  status: ApprovalRecord['status'],
  dueAt: number | null,
  createdAt: number,
  closedAt: number | null,
) {
  if (status !== 'OPEN') return -(closedAt ?? createdAt);
  return dueAt ?? UNDUE + createdAt;
}

/** Why a person may not decide; null: they may. */
export function refusalFor({ record, progress, request }: Approval, person: Person): string | null {
  if (record.status !== 'OPEN' || progress.outcome !== null) return closedText({ record, progress, request });
  const { assignees, groups, claimedBy, decisions } = progress;
  if (decisions.some(({ user }) => user === person.name)) return `${person.name} has decided already.`;
  if (claimedBy !== null && claimedBy !== person.name) return `${claimedBy} has claimed it.`;
  return isTheirs(progress, person) ? null : `It is for ${[...assignees, ...groups].join(', ')}.`;
}

export function isTheirs({ assignees, groups, claimedBy }: ApprovalProgress, person: Person): boolean {
  if (person.isAnybody || assignees.length + groups.length === 0 || claimedBy === person.name) return true;
  return assignees.includes(person.name) || person.groups.some((group) => groups.includes(group));
}

export function closedText({ record, progress }: Approval): string {
  const { decisions, outcome } = progress;
  const last = decisions.at(-1);
  if (outcome !== null && last !== undefined) {
    const what = outcome.choice === null ? 'no choice found enough votes' : `'${outcome.choice}'`;
    return `It is decided: ${what}, the last by ${last.user} at ${new Date(last.at).toISOString()}.`;
  }
  if (record.status === 'CANCELLED') return 'Its execution was stopped before anybody decided.';
  return 'Its task ended before anybody decided.';
}

/** Errors: ApprovalClosed, ApprovalConflict, AccessDeniedException. */
function requireMayDecide(approval: Approval, person: Person): void {
  const refusal = refusalFor(approval, person);
  if (refusal === null) return;
  const { progress, record } = approval;
  if (record.status !== 'OPEN' || progress.outcome !== null) throw new ApiError('ApprovalClosed', refusal);
  if (isTheirs(progress, person)) throw new ApiError('ApprovalConflict', refusal);
  throw new ApiError('AccessDeniedException', `User ${person.name} may not decide this: ${refusal}`);
}

/** A trail is read and written as a whole. Errors: LimitExceededException. */
function requireRoom({ trail }: ApprovalProgress): void {
  if (trail.length < MAX_TRAIL) return;
  throw new ApiError('LimitExceededException', `An approval's trail has at most ${MAX_TRAIL} entries.`);
}

/** Errors: ApprovalClosed, ApprovalConflict, AccessDeniedException, LimitExceededException. */
export function claim(approval: Approval, person: Person, force: boolean, now: number): ApprovalProgress {
  const { progress, request } = approval;
  const { claimedBy } = progress;
  if (claimedBy === person.name) return progress;
  requireRoom(progress);
  const free = force ? { ...approval, progress: { ...progress, claimedBy: null } } : approval;
  requireMayDecide(free, person);
  if (request.choices.some(({ quorum }) => quorum > 1)) {
    throw new ApiError('ApprovalConflict', 'Several people have to decide this: nobody can claim it.');
  }
  return withTrail({ ...progress, claimedBy: person.name }, entryOf(person, 'CLAIMED', now));
}

/** Errors: ApprovalClosed, ApprovalConflict. */
export function release(approval: Approval, person: Person, now: number): ApprovalProgress {
  const { progress } = approval;
  requireOpen(approval);
  if (progress.claimedBy === null) return progress;
  if (progress.claimedBy !== person.name && !person.isAnybody) {
    throw new ApiError('ApprovalConflict', `${progress.claimedBy} has claimed it, and can release it.`);
  }
  return withTrail({ ...progress, claimedBy: null }, entryOf(person, 'RELEASED', now));
}

/**
 * Somebody else decides in a person's place; a member of a group lets its others decide as well. Errors:
 * ApprovalClosed, ApprovalConflict, AccessDeniedException, ValidationException.
 */
export function delegate(
  approval: Approval,
  person: Person,
  { to, comment, now }: { readonly to: string; readonly comment?: string; readonly now: number },
): ApprovalProgress {
  const { progress, request } = approval;
  requireMayDecide(approval, person);
  requireRoom(progress);
  if (to === person.name) throw new ApiError('ValidationException', 'It is delegated to somebody else than oneself.');
  if (progress.decisions.some(({ user }) => user === to)) {
    throw new ApiError('ApprovalConflict', `${to} has decided already.`);
  }
  const others = progress.assignees.filter((name) => name !== person.name && name !== to);
  const claimedBy = progress.claimedBy === person.name ? null : progress.claimedBy;
  const changed = { ...progress, assignees: [...others, to], claimedBy };
  const entry = { ...entryOf(person, 'DELEGATED', now), to, ...(comment === undefined ? {} : { comment }) };
  return withNotice(request, withTrail(changed, entry), 'delegated', now);
}

/** Who may see it may say something, until it is closed. Errors: ApprovalClosed, LimitExceededException. */
export function comment(approval: Approval, person: Person, text: string, now: number): ApprovalProgress {
  const { progress } = approval;
  requireOpen(approval);
  requireRoom(progress);
  return withTrail(progress, { ...entryOf(person, 'COMMENTED', now), comment: text });
}

function requireOpen(approval: Approval): void {
  const { record, progress } = approval;
  if (record.status === 'OPEN' && progress.outcome === null) return;
  throw new ApiError('ApprovalClosed', closedText(approval));
}

export interface DecisionRequest {
  readonly choice: string;
  readonly comment?: string;
  /** JSON text; absent: the request's data. */
  readonly form?: string;
  readonly now: number;
}

/**
 * One person takes a choice. The one that has as many votes as its quorum decides. Errors: ApprovalClosed,
 * ApprovalConflict, AccessDeniedException, ValidationException.
 */
export function decide(approval: Approval, person: Person, request: DecisionRequest): ApprovalProgress {
  requireMayDecide(approval, person);
  const { choices } = approval.request;
  const choice = choices.find(({ name }) => name === request.choice);
  if (choice === undefined) {
    const names = choices.map(({ name }) => `'${name}'`).join(', ');
    throw new ApiError('ValidationException', `There is no choice '${request.choice}': there are ${names}.`);
  }
  if (choice.commentRequired && (request.comment ?? '').trim() === '') {
    throw new ApiError('ValidationException', `The choice '${choice.name}' needs a comment.`);
  }
  // Somebody may be known by a name and by an address: where several have to agree, nobody may count as two.
  if (person.byLink === true && person.isAnybody && choice.quorum > 1) {
    throw new ApiError(
      'ApprovalConflict',
      'Several people have to agree, and an address may be that of one who has decided already: please sign in to decide.',
    );
  }
  const form = request.form ?? null;
  const decision = { user: person.name, choice: choice.name, comment: request.comment ?? null, form, at: request.now };
  const entry = { ...entryOf(person, 'DECIDED', request.now), choice: choice.name };
  const noted = withTrail(
    { ...approval.progress, decisions: [...approval.progress.decisions, decision], claimedBy: null },
    request.comment === undefined ? entry : { ...entry, comment: request.comment },
  );
  return { ...noted, outcome: outcomeOf(approval.request, noted) };
}

export function votesFor(choice: string, { decisions }: Pick<ApprovalProgress, 'decisions'>): number {
  return decisions.filter((decision) => decision.choice === choice).length;
}

/** null: more people have to decide. */
function outcomeOf(request: ApprovalRequest, progress: ApprovalProgress): ApprovalOutcome | null {
  const last = progress.decisions.at(-1);
  const choice = request.choices.find(({ name }) => name === last?.choice);
  if (last === undefined || choice === undefined) return null;
  if (votesFor(choice.name, progress) >= choice.quorum) {
    const output = outputText(request, progress, last);
    if (choice.error === null) return { ok: true, choice: choice.name, output };
    return { ok: false, choice: choice.name, error: choice.error, cause: output };
  }
  const { assignees, groups, decisions } = progress;
  const isComplete =
    groups.length === 0 &&
    assignees.length > 0 &&
    assignees.every((name) => decisions.some(({ user }) => user === name));
  if (!isComplete) return null;
  return { ok: false, choice: null, error: NO_QUORUM_ERROR, cause: outputText(request, progress, last) };
}

/** JSON text of what the task answers. */
function outputText(request: ApprovalRequest, { decisions }: ApprovalProgress, last: ApprovalVote): string {
  const all = decisions.map(({ user, choice, comment: said, at }) =>
    jsonText({ User: user, Choice: choice, Comment: said, At: new Date(at).toISOString() }),
  );
  const members: ReadonlyArray<readonly [string, string]> = [
    ['Choice', jsonText(last.choice)],
    ['Form', last.form ?? request.data],
    ['Comment', jsonText(last.comment)],
    ['DecidedBy', jsonText(last.user)],
    ['DecidedAt', jsonText(new Date(last.at).toISOString())],
    ['Decisions', `[${all.join(',')}]`],
  ];
  return `{${members.map(([name, text]) => `"${name}":${text}`).join(',')}}`;
}

/** Adds those whom it is escalated to, and tells. */
export function escalate({ request, progress }: Approval, now: number): ApprovalProgress {
  const { escalation } = request;
  if (escalation === null || progress.escalated) return progress;
  // What is for everybody stays so: naming somebody would take it from the others.
  const isForAll = progress.assignees.length + progress.groups.length === 0;
  const assignees = isForAll ? [] : [...new Set([...progress.assignees, ...escalation.assignees])];
  const groups = isForAll ? [] : [...new Set([...progress.groups, ...escalation.groups])];
  const to = [...escalation.assignees, ...escalation.groups].join(', ');
  const changed = withTrail(
    { ...progress, assignees, groups, escalated: true },
    { at: now, user: null, action: 'ESCALATED', to },
  );
  return withNotice(request, changed, 'escalated', now);
}

function entryOf(person: Person, action: TrailAction, at: number): TrailEntry {
  return { at, user: person.name, action, ...(person.byLink === true ? { via: 'LINK' as const } : {}) };
}
