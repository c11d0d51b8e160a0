import { type ExecutionSummary, findStateMachine, type SearchExecutionsQuery } from '@everstep/engine';
import { machineTarget, operations, type PageScope, positionNumber, positionText } from '@everstep/protocol';
import { type ApiContext, route } from '../api-context.ts';
import { executionListItem } from '../execution-arns.ts';
import { pageSize } from '../paging.ts';

/** Executions looked at for one answer: a name that few have is found page by page, none of which takes long. */
const LOOKED_AT = 5_000;
const READ_AT_ONCE = 1_000;
/** Below every id. */
const LEAST_ID = '00000000-0000-0000-0000-000000000000';

type Position = NonNullable<SearchExecutionsQuery['after']>;

export const searchExecutionsRoute = route(operations.searchExecutions, async (context, input) => {
  const { engine, pageTokens } = context;
  const { stateMachineArn, statusFilter, nameContains, startedAfter, startedBefore } = input;
  const bound = [stateMachineArn, statusFilter?.join(), nameContains, startedAfter, startedBefore];
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
  });
  return {
    executions: found.executions.map(executionListItem),
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
}

/** Reads on until the page is full, everything was seen, or enough was looked at. `next`: where the next page begins. */
async function search(
  { store }: ApiContext['engine'],
  { query, from, size, fits }: Search,
): Promise<{ executions: ExecutionSummary[]; next: Position | null }> {
  const executions: ExecutionSummary[] = [];
  let after = from;
  for (let lookedAt = 0; lookedAt < LOOKED_AT; ) {
    const limit = Math.min(READ_AT_ONCE, Math.max(size + 1, 100));
    const read = await store.searchExecutions({ ...query, ...(after === undefined ? {} : { after }), limit });
    for (const execution of read) {
      if (executions.length === size) return { executions, next: after ?? null };
      const { startDate, executionId } = execution;
      after = { startDate, executionId };
      if (fits(execution)) executions.push(execution);
    }
    if (read.length < limit) return { executions, next: null };
    lookedAt += read.length;
  }
  return { executions, next: after ?? null };
}
