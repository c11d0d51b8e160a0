import { useQuery } from '@tanstack/react-query';
import type { operations } from '@everstep/protocol';
import { type ReactElement, useState } from 'react';
import { call } from '../api/call.ts';
import type { HistoryModel, Visit } from '../history/history-model.ts';
import { Button } from '../ui/button.tsx';
import { JsonView } from '../ui/json-view.tsx';
import { ErrorNote, Loading } from '../ui/parts.tsx';
import { variablesBefore } from './variables-before.ts';

export const STAGES: ReadonlyArray<readonly [keyof operations.InspectionData, string]> = [
  ['input', 'Input'],
  ['afterInputPath', 'After InputPath'],
  ['afterParameters', 'After Parameters'],
  ['afterArguments', 'After Arguments'],
  ['afterItemsPath', 'After ItemsPath'],
  ['afterItemSelector', 'After ItemSelector'],
  ['afterItemBatcher', 'After ItemBatcher'],
  ['result', 'Result'],
  ['afterResultSelector', 'After ResultSelector'],
  ['afterResultPath', 'After ResultPath'],
  ['variables', 'Variables'],
];

/** What a state may know of its execution. */
export type PipelineExecution = Pick<
  operations.DescribeExecutionOutput,
  'executionArn' | 'stateMachineArn' | 'name' | 'startDate'
>;

interface PipelineProps {
  readonly execution: PipelineExecution;
  readonly definition: string;
  readonly model: HistoryModel;
  readonly visit: Visit;
  readonly input: string;
  /** What its task, branches or iterations gave; undefined: nothing, or it does nothing outside. */
  readonly result: string | undefined;
}

/** A visit's data before and after each of its fields: the state is calculated again, and what it called is not called. */
export function Pipeline(props: PipelineProps): ReactElement {
  const [isOpen, setOpen] = useState(false);
  if (!isOpen) {
    return (
      <Button size="small" onPress={() => setOpen(true)}>
        Each step of its data
      </Button>
    );
  }
  return <Steps {...props} />;
}

function Steps({ execution, definition, model, visit, input, result }: PipelineProps): ReactElement {
  const { executionArn } = execution;
  const { data, error } = useQuery({
    queryKey: ['pipeline', executionArn, visit.enteredId, visit.exitedId, result],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      const known = definition.includes('"Assign"') ? await variablesBefore(executionArn, model, visit, signal) : {};
      const answer = await call('TestState', requestOf({ execution, definition, visit, input, result }, known), signal);
      return { answer, known };
    },
  });
  if (error !== null) return <ErrorNote error={error} title="Its data cannot be calculated again" />;
  if (data === undefined) return <Loading what="the steps" />;
  const { inspectionData = {}, output } = data.answer;
  return (
    <div className="stack" role="group" aria-label="Each step of its data">
      {data.known === null && (
        <p className="muted small">
          The history is too long to know its variables: expressions with them say nothing here.
        </p>
      )}
      {data.known !== null && Object.keys(data.known).length > 0 && (
        <JsonView text={JSON.stringify(data.known)} label="Variables before" />
      )}
      {STAGES.map(([member, label]) => {
        const text = inspectionData[member];
        return typeof text === 'string' ? <JsonView key={member} text={text} label={label} /> : null;
      })}
      {output !== undefined && <JsonView text={output} label="Output" />}
      <p className="muted small">Calculated again: task tokens, random values and times of the moment are others.</p>
    </div>
  );
}

function requestOf(
  { execution, definition, visit, input, result }: Omit<PipelineProps, 'model'>,
  variables: object | null,
): operations.TestStateInput {
  const { executionArn, stateMachineArn, name, startDate } = execution;
  const at = (seconds: number): string => new Date(seconds * 1_000).toISOString();
  const context = {
    Execution: { Id: executionArn, Name: name, StartTime: at(startDate) },
    State: { Name: visit.state, EnteredTime: at(visit.enteredAt), RetryCount: Math.max(0, visit.attempts.length - 1) },
    StateMachine: { Id: stateMachineArn, Name: stateMachineArn.split(':')[6] ?? '' },
  };
  const works = visit.type === 'Task' || visit.type === 'Map' || visit.type === 'Parallel';
  const mock = { result: result ?? '{}', fieldValidationMode: 'NONE' as const };
  return {
    ...{ definition, stateName: visit.state, input, inspectionLevel: 'DEBUG' },
    ...(variables === null ? {} : { variables: JSON.stringify(variables) }),
    ...(works ? { mock, context: JSON.stringify(context) } : {}),
  };
}
