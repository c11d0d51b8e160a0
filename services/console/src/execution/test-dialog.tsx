import type { operations } from '@everstep/protocol';
import { type ReactElement, useState } from 'react';
import { call } from '../api/call.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Choice, Field } from '../ui/field.tsx';
import { stateType } from '../machine/state-text.ts';
import { prettyJson } from '../ui/json-text.ts';
import { JsonView } from '../ui/json-view.tsx';
import { ErrorNote, StatusBadge } from '../ui/parts.tsx';
import { FailureNote } from './failure-note.tsx';
import { STAGES } from './pipeline.tsx';
import { jsonFault } from './start-dialog.tsx';

export interface TestDialogProps {
  /** The whole machine's. */
  readonly definition: string;
  readonly state: string;
  readonly input: string;
  readonly onClose: () => void;
}

const TASKS: ReadonlyArray<readonly [string, string]> = [
  ['result', 'is not done: it gives this result'],
  ['error', 'is not done: it fails'],
  ['real', 'is really done'],
];

/** TestState: runs one state by itself with an input that can be changed, and shows each stage of its data. */
export function TestDialog({ definition, state, input: given, onClose }: TestDialogProps): ReactElement {
  const [input, setInput] = useState(() => prettyJson(given));
  const [task, setTask] = useState('result');
  const [mock, setMock] = useState('{}');
  const [answer, setAnswer] = useState<operations.TestStateOutput | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const isMocked = task === 'result' && jsonFault(mock) !== null;
  const run = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      setAnswer(await call('TestState', requestOf({ definition, state, input, task, mock })));
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={`Test ${state}`} isOpen onClose={onClose}>
      <Field label="Input" value={input} onChange={setInput} rows={8} wrong={jsonFault(input)} />
      <Choice label="A task in it" value={task} options={TASKS} onChange={setTask} />
      {task !== 'real' && (
        <Field
          label={task === 'result' ? 'Its result' : 'Its error'}
          value={mock}
          onChange={setMock}
          rows={4}
          wrong={task === 'result' ? jsonFault(mock) : null}
        />
      )}
      <div className="actions">
        <Button kind="primary" isDisabled={isBusy || isMocked || jsonFault(input) !== null} onPress={() => void run()}>
          {isBusy ? 'Running …' : 'Run the state'}
        </Button>
        <Button onPress={onClose}>Close</Button>
      </div>
      {error !== null && <ErrorNote error={error} />}
      {answer !== null && error === null && <TestAnswer answer={answer} />}
    </Dialog>
  );
}

interface Test {
  readonly definition: string;
  readonly state: string;
  readonly input: string;
  readonly task: string;
  readonly mock: string;
}

function requestOf({ definition, state, input, task, mock }: Test): operations.TestStateInput {
  const mocked =
    task === 'real'
      ? {}
      : {
          mock:
            task === 'result'
              ? { result: mock, fieldValidationMode: 'NONE' as const }
              : { errorOutput: { error: mock.trim() || 'States.TaskFailed', cause: 'As tested' } },
        };
  const isTask = isTaskState(definition, state);
  return { definition, stateName: state, input, inspectionLevel: 'DEBUG', ...(isTask ? mocked : {}) };
}

/** Only states that do something outside take a mock. */
function isTaskState(definition: string, state: string): boolean {
  const type = stateType(definition, state);
  return type === 'Task' || type === 'Map' || type === 'Parallel';
}

function TestAnswer({ answer }: { readonly answer: operations.TestStateOutput }): ReactElement {
  const { status, output, error, cause, nextState, inspectionData = {} } = answer;
  return (
    <div className="stack">
      <div className="row">
        <StatusBadge
          status={status === 'CAUGHT_ERROR' ? 'CAUGHT' : status === 'RETRIABLE' ? 'PENDING_REDRIVE' : status}
        />
        {nextState !== undefined && (
          <span>
            next: <strong>{nextState}</strong>
          </span>
        )}
      </div>
      {error !== undefined && <FailureNote error={error} cause={cause ?? null} state={null} />}
      {STAGES.map(([member, label]) => {
        const text = inspectionData[member];
        return typeof text === 'string' ? <JsonView key={member} text={text} label={label} /> : null;
      })}
      {output !== undefined && <JsonView text={output} label="Output" />}
    </div>
  );
}
