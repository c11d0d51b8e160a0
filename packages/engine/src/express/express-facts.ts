import type { ExecutionFacts } from '@everstep/language';
import { nameOfArn } from '@everstep/protocol';
import type { EngineContext } from '../context.ts';
import type { RevisionRecord } from '../ports/catalog-store.ts';
import type { ExecutionRecord } from '../ports/execution-store.ts';
import { qualifiedArns } from '../run-image.ts';

type Started = Pick<
  ExecutionRecord,
  'executionId' | 'executionArn' | 'name' | 'stateMachineArn' | 'startDate' | 'input' | 'qualifier'
>;

/** Express machines have no tasks with a token, so there is no key. */
export function expressFacts(
  { settings }: Pick<EngineContext, 'settings'>,
  execution: Started,
  revision: RevisionRecord,
): ExecutionFacts {
  const { executionId, executionArn, name, stateMachineArn, startDate, input } = execution;
  return {
    executionId,
    executionArn,
    name,
    stateMachineArn,
    stateMachineName: nameOfArn(stateMachineArn),
    ...qualifiedArns(stateMachineArn, execution.qualifier),
    roleArn: revision.roleArn,
    region: settings.region,
    startTime: startDate,
    input,
    tokenKey: '',
  };
}
