import { useQuery } from '@tanstack/react-query';
import type { operations } from '@everstep/protocol';
import { type ReactElement, useState } from 'react';
import type { HistoryModel, Visit } from '../history/history-model.ts';
import { Button } from '../ui/button.tsx';
import { JsonView } from '../ui/json-view.tsx';
import { ErrorNote, Loading } from '../ui/parts.tsx';
import type { CalculatedExecution } from './calculate-steps.ts';
import { FailureNote } from './failure-note.tsx';
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

interface PipelineProps {
  readonly execution: CalculatedExecution;
  /** The execution's. */
  readonly machine: ExecutedMachine;
  readonly model: HistoryModel;
  readonly visit: Visit;
  readonly input: string;
  /** What its task gave; undefined: nothing, or it does nothing outside. */
  readonly result: string | undefined;
}

/** What an execution runs, as it was when it began. */
export type ExecutedMachine = Pick<operations.DescribeStateMachineForExecutionOutput, 'definition' | 'roleArn'>;

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

function Steps({ execution, machine, model, visit, input, result }: PipelineProps): ReactElement {
  const { executionArn } = execution;
  const { definition, roleArn } = machine;
  const { data, error } = useQuery({
    queryKey: ['pipeline', executionArn, visit.enteredId, visit.exitedId, visit.lastAt, result],
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    queryFn: async ({ signal }) => {
      const known = definition.includes('"Assign"') ? await variablesBefore(executionArn, model, visit, signal) : {};
      const { calculateSteps } = await import('./calculate-steps.ts');
      const given = { execution, roleArn, definition, visit, input, result, variables: known ?? {} };
      return { steps: calculateSteps(given), known };
    },
  });
  if (error !== null) return <ErrorNote error={error} title="Its data cannot be calculated again" />;
  if (data === undefined) return <Loading what="the steps" />;
  const { steps, known } = data;
  return (
    <div className="stack" role="group" aria-label="Each step of its data">
      {known !== null && Object.keys(known).length > 0 && (
        <JsonView text={objectText(known)} label="Variables before" />
      )}
      <JsonView text={input} label="Input" />
      {STAGES.map(([member, label]) => {
        const text = steps.stages.find(([stage]) => stage === member)?.[1];
        return text === undefined ? null : <JsonView key={member} text={text} label={label} />;
      })}
      {steps.error !== null && <FailureNote {...steps.error} state={null} />}
      {steps.variables !== null && <JsonView text={steps.variables} label="Variables after" />}
      {steps.output !== null && <JsonView text={steps.output} label="Output" />}
      <ul className="muted small">
        {known === null && <li>The history is too long to know its variables: expressions with them fail here.</li>}
        {steps.unknown.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
        <li>Calculated again from the history; nothing was called.</li>
      </ul>
    </div>
  );
}

/** Numbers keep their digits. */
function objectText(texts: Readonly<Record<string, string>>): string {
  return `{${Object.entries(texts)
    .map(([name, text]) => `${JSON.stringify(name)}:${text}`)
    .join(',')}}`;
}
