import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { useNavigate } from 'react-router';
import { call } from '../api/call.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Choice, Field } from '../ui/field.tsx';
import { nameOf } from '../ui/format.ts';
import { prettyJson } from '../ui/json-text.ts';
import { JsonView } from '../ui/json-view.tsx';
import { ErrorNote, StatusBadge } from '../ui/parts.tsx';

export interface StartDialogProps {
  /** Of a machine, a version or an alias. */
  readonly stateMachineArn: string;
  readonly isExpress: boolean;
  /** What is in the editor at first. */
  readonly input: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Executions whose inputs are offered. */
const RECENT = 10;

/** What is wrong with a text as JSON; null: nothing. */
export function jsonFault(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : 'It is no JSON.';
  }
}

export function StartDialog(props: StartDialogProps): ReactElement {
  const { isOpen, onClose, stateMachineArn } = props;
  return (
    <Dialog title={`Start ${nameOf(stateMachineArn)}`} isOpen={isOpen} onClose={onClose}>
      <StartForm {...props} />
    </Dialog>
  );
}

function StartForm({ stateMachineArn, isExpress, input: given, onClose }: StartDialogProps): ReactElement {
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [input, setInput] = useState(() => prettyJson(given));
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const [result, setResult] = useState<Awaited<ReturnType<typeof startSync>> | null>(null);
  const wrong = jsonFault(input);
  const recent = useQuery({
    queryKey: ['recent-inputs', stateMachineArn],
    enabled: !isExpress,
    queryFn: ({ signal }) => call('SearchExecutions', { stateMachineArn, maxResults: RECENT }, signal),
  });
  const takeInput = async (executionArn: string): Promise<void> => {
    if (executionArn === '') return;
    const { input: before } = await call('DescribeExecution', { executionArn });
    setInput(prettyJson(before ?? '{}'));
  };
  const run = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      const request = { stateMachineArn, input, ...(name.trim() === '' ? {} : { name: name.trim() }) };
      if (isExpress) {
        setResult(await startSync(request));
        return;
      }
      const { executionArn } = await call('StartExecution', request);
      onClose();
      await navigate(`/executions/${encodeURIComponent(executionArn)}`);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Field label="Name (made up where empty)" value={name} onChange={setName} />
      {(recent.data?.executions.length ?? 0) > 0 && (
        <Choice
          label="With the input of"
          value=""
          options={[
            ['', 'a recent execution …'],
            ...(recent.data?.executions ?? []).map(({ executionArn, name: of }): [string, string] => [
              executionArn,
              of,
            ]),
          ]}
          onChange={(arn) => void takeInput(arn).catch(setError)}
        />
      )}
      <Field label="Input" value={input} onChange={setInput} rows={14} wrong={wrong} />
      {error !== null && <ErrorNote error={error} />}
      {result !== null && (
        <div className="stack">
          <StatusBadge status={result.status} />
          <JsonView text={result.output ?? `${result.error ?? ''}\n${result.cause ?? ''}`} label="Result" />
        </div>
      )}
      <div className="actions between">
        <Button onPress={() => setInput(prettyJson(input))} isDisabled={wrong !== null}>
          Format
        </Button>
        <div className="actions">
          <Button onPress={onClose}>Close</Button>
          <Button kind="primary" isDisabled={wrong !== null || isBusy} onPress={() => void run()}>
            {isBusy ? 'Starting …' : isExpress ? 'Run and wait' : 'Start'}
          </Button>
        </div>
      </div>
    </>
  );
}

async function startSync(request: { stateMachineArn: string; input: string; name?: string }) {
  return call('StartSyncExecution', request);
}
