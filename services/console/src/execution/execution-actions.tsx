import { useQueryClient } from '@tanstack/react-query';
import type { operations } from '@everstep/protocol';
import { type ReactElement, useState } from 'react';
import { call } from '../api/call.ts';
import { Button } from '../ui/button.tsx';
import { copyText } from '../ui/clipboard.ts';
import { Dialog } from '../ui/dialog.tsx';
import { MenuButton } from '../ui/menu.tsx';
import { useToasts } from '../ui/toasts.tsx';
import { asCli, asEverstep, asSdk } from './copy-as.ts';
import { StartDialog } from './start-dialog.tsx';

interface ExecutionActionsProps {
  readonly execution: operations.DescribeExecutionOutput;
  /** Told when the execution goes on after its end. */
  readonly onRedriven: () => void;
}

export function ExecutionActions({ execution, onRedriven }: ExecutionActionsProps): ReactElement {
  const { executionArn, status, input = '{}', redriveStatus } = execution;
  const client = useQueryClient();
  const { tell, fail } = useToasts();
  const [isStopping, setStopping] = useState(false);
  const [isStarting, setStarting] = useState(false);
  const again = (): Promise<void> => client.invalidateQueries({ queryKey: ['execution', executionArn] });
  const stop = async (): Promise<void> => {
    setStopping(false);
    await call('StopExecution', { executionArn });
    tell('The execution was stopped.');
    await again();
  };
  const redrive = async (): Promise<void> => {
    await call('RedriveExecution', { executionArn });
    tell('The execution goes on from where it failed.');
    await again();
    onRedriven();
  };
  const copy = (what: string, text: string): void => {
    copyText(text).then(() => tell(`${what} is on the clipboard.`), fail);
  };
  const target = execution.stateMachineAliasArn ?? execution.stateMachineVersionArn ?? execution.stateMachineArn;
  return (
    <>
      <MenuButton
        entries={[
          { id: 'arn', text: 'ARN', onAction: () => copy('The ARN', executionArn) },
          { id: 'cli', text: 'Start, as AWS CLI call', onAction: () => copy('The call', asCli(execution, input)) },
          {
            id: 'everstep',
            text: 'Start, as everstep call',
            onAction: () => copy('The call', asEverstep(execution, input)),
          },
          { id: 'sdk', text: 'Start, as SDK code', onAction: () => copy('The code', asSdk(execution, input)) },
        ]}
      >
        Copy
      </MenuButton>
      <Button icon="plus" onPress={() => setStarting(true)}>
        Start again …
      </Button>
      {redriveStatus === 'REDRIVABLE' && (
        <Button icon="again" kind="primary" onPress={() => void redrive().catch(fail)}>
          Redrive
        </Button>
      )}
      {status === 'RUNNING' && (
        <Button icon="stop" kind="danger" onPress={() => setStopping(true)}>
          Stop …
        </Button>
      )}
      <Dialog title="Stop this execution?" isOpen={isStopping} onClose={() => setStopping(false)}>
        <p>What it has done stays done. It can be redriven later from where it is.</p>
        <div className="actions">
          <Button kind="danger" onPress={() => void stop().catch(fail)}>
            Stop it
          </Button>
          <Button onPress={() => setStopping(false)}>Let it run</Button>
        </div>
      </Dialog>
      <StartDialog
        stateMachineArn={target}
        isExpress={false}
        input={input}
        isOpen={isStarting}
        onClose={() => setStarting(false)}
      />
    </>
  );
}
