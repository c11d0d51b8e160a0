import { type ExecutionSummary, findStateMachine, type SearchExecutionsQuery } from '@everstep/engine';
import {
  machineTarget,
  operations,
  type PageScope,
  parseInputFilter,
  positionNumber,
  positionText,
} from '@everstep/protocol';
import { type ApiContext, route } from '../api-context.ts';
import { executionListItem } from '../execution-arns.ts';
import { pageSize } from '../paging.ts';
import { InputSearch, type Verdict } from '../input-search.ts';

/** Executions looked at for one answer: a name that few have is found page by page, none of which takes long. */
const LOOKED_AT = 5_000;
const READ_AT_ONCE = 1_000;
/** Executions whose inputs are looked into together. */
const INPUTS_AT_ONCE = 100;
/** Below every id. */
const LEAST_ID = '00000000-0000-0000-0000-000000000000';

type Position = NonNullable<SearchExecutionsQuery['after']>;

export const searchExecutionsRoute = route(operations.searchExecutions, async (context, input) => {
  const { engine, pageTokens } = context;
  const { stateMachineArn, statusFilter, nameContains, inputFilter, startedAfter, startedBefore } = input;
  const bound = [stateMachineArn, statusFilter?.join(), nameContains, startedAfter, startedBefore, inputFilter];
  const scope: PageScope = { operation: 'SearchExecutions', arguments: bound };
  const position = await pageTokens.open(scope, input.nextToken);
  const found = await search(engine, {
    query: {
      ...engine.settings,
      ...(stateMachineArn === undefined ? {} : { machine: await machineOf(engine, stateMachineArn) }),
      ...(statusFilter === undefined ? {} : { statuses: [...new Set(statusFilter)] }),
      ...(startedAfter === undefined ? {} : { startedFrom: Math.ceil(startedAfter * 1_000) }),
    },
    from:
      position === null
        ? before(startedBefore)
        : { startDate: positionNumber(position, 'startDate'), executionId: positionText(position, 'executionId') },
    size: pageSize(input.maxResults),
    fits: nameFilter(nameContains),
    inputs: inputFilter === undefined ? null : new InputSearch(engine.store, parseInputFilter(inputFilter)),
  });
  return {
    executions: found.executions.map(executionListItem),
    ...(found.notSearched === 0 ? {} : { notSearched: found.notSearched }),
    ...(found.next === null ? {} : { nextToken: await pageTokens.seal(scope, { ...found.next }) }),
  };
});

async function machineOf(
  engine: ApiContext['engine'],
  arn: string,
): Promise<NonNullable<SearchExecutionsQuery['machine']>> {
  const { stateMachineArn, version, alias } = machineTarget(arn);
  await findStateMachine(engine, stateMachineArn);
  return {
    stateMachineArn,
    ...(version === null ? {} : { version }),
    ...(alias === null ? {} : { alias }),
  };
}

function before(startedBefore: number | undefined): Position | undefined {
  return startedBefore === undefined
    ? undefined
    : { startDate: Math.ceil(startedBefore * 1_000), executionId: LEAST_ID };
}

function nameFilter(contained: string | undefined): (execution: ExecutionSummary) => boolean {
  if (contained === undefined) return () => true;
  const wanted = contained.toLowerCase();
  return ({ name }) => name.toLowerCase().includes(wanted);
}

interface Search {
  readonly query: Omit<SearchExecutionsQuery, 'after' | 'limit'>;
  readonly from: Position | undefined;
  readonly size: number;
  readonly fits: (execution: ExecutionSummary) => boolean;
  readonly inputs: InputSearch | null;
}

interface Found {
  readonly executions: ExecutionSummary[];
  readonly next: Position | null;
  readonly notSearched: number;
}

/** Reads on until the page is full, everything was seen, or enough was looked at. `next`: where the next page begins. */
async function search({ store }: ApiContext['engine'], { query, from, size, fits, inputs }: Search): Promise<Found> {
  const executions: ExecutionSummary[] = [];
  let after = from;
  let notSearched = 0;
  for (let lookedAt = 0; lookedAt < LOOKED_AT; ) {
    const limit = Math.min(READ_AT_ONCE, Math.max(size + 1, 100));
    const read = await store.searchExecutions({ ...query, ...(after === undefined ? {} : { after }), limit });
    for await (const { execution, verdict } of judge(read, fits, inputs)) {
      if (executions.length === size) return { executions, next: after ?? null, notSearched };
      if (verdict === 'unread') return { executions, next: after ?? null, notSearched };
      after = { startDate: execution.startDate, executionId: execution.executionId };
      if (verdict === 'fits') executions.push(execution);
      if (verdict === 'encrypted') notSearched += 1;
    }
    if (read.length < limit) return { executions, next: null, notSearched };
    lookedAt += read.length;
  }
  return { executions, next: after ?? null, notSearched };
}

interface Judged {
  readonly execution: ExecutionSummary;
  readonly verdict: Verdict;
}

/** Each execution in turn; inputs are read for those alone that fit otherwise, some at a time. */
async function* judge(
  read: readonly ExecutionSummary[],
  fits: Search['fits'],
  inputs: InputSearch | null,
): AsyncGenerator<Judged> {
  for (let index = 0; index < read.length; index += INPUTS_AT_ONCE) {
    const some = read.slice(index, index + INPUTS_AT_ONCE);
    const verdicts = await inputs?.judge(some.filter(fits).map(({ executionId }) => executionId));
    for (const execution of some) {
      const verdict = fits(execution) ? (verdicts?.get(execution.executionId) ?? 'fits') : 'no';
      yield { execution, verdict };
    }
  }
}
