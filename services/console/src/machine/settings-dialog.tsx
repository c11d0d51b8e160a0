import { useQueryClient } from '@tanstack/react-query';
import type { LogLevel, operations, Tag } from '@everstep/protocol';
import { type ReactElement, useState } from 'react';
import { call } from '../api/call.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Choice, Field } from '../ui/field.tsx';
import { ErrorNote } from '../ui/parts.tsx';
import { useToasts } from '../ui/toasts.tsx';

interface SettingsDialogProps {
  readonly machine: operations.DescribeStateMachineOutput;
  readonly tags: readonly Tag[];
  readonly onClose: () => void;
}

const LEVELS: ReadonlyArray<readonly [LogLevel, string]> = [
  ['OFF', 'nothing'],
  ['FATAL', 'how executions fail'],
  ['ERROR', 'all errors'],
  ['ALL', 'all events'],
];

/** What stands beside a machine's definition: its log, tracing, role and tags. */
export function SettingsDialog({ machine, tags, onClose }: SettingsDialogProps): ReactElement {
  const { stateMachineArn, loggingConfiguration, tracingConfiguration } = machine;
  const group = loggingConfiguration.destinations?.[0]?.cloudWatchLogsLogGroup?.logGroupArn ?? '';
  const client = useQueryClient();
  const { tell } = useToasts();
  const [level, setLevel] = useState<LogLevel>(loggingConfiguration.level ?? 'OFF');
  const [withData, setWithData] = useState(loggingConfiguration.includeExecutionData === true);
  const [logGroup, setLogGroup] = useState(group);
  const [isTraced, setTraced] = useState(tracingConfiguration.enabled === true);
  const [roleArn, setRole] = useState(machine.roleArn);
  const [lines, setLines] = useState(() => tags.map(({ key, value = '' }) => `${key}=${value}`).join('\n'));
  const [error, setError] = useState<unknown>(null);
  const save = async (): Promise<void> => {
    await call('UpdateStateMachine', {
      ...{ stateMachineArn, roleArn, tracingConfiguration: { enabled: isTraced } },
      loggingConfiguration: {
        ...{ level, includeExecutionData: withData },
        destinations: logGroup.trim() === '' ? [] : [{ cloudWatchLogsLogGroup: { logGroupArn: logGroup.trim() } }],
      },
    });
    await saveTags(stateMachineArn, tags, tagsOf(lines));
    tell('The settings are saved.');
    await client.invalidateQueries({ queryKey: ['tags', stateMachineArn] });
    await client.invalidateQueries({ queryKey: ['machine', stateMachineArn] });
    onClose();
  };
  return (
    <Dialog title="Settings" isOpen onClose={onClose}>
      <Choice
        label="The log gets"
        value={level}
        options={LEVELS}
        onChange={(chosen) => setLevel(LEVELS.find(([one]) => one === chosen)?.[0] ?? 'OFF')}
      />
      <label className="check">
        <input type="checkbox" checked={withData} onChange={(event) => setWithData(event.target.checked)} />
        With inputs and outputs
      </label>
      <Field label="Log group ARN" value={logGroup} onChange={setLogGroup} placeholder="arn:aws:logs:…:log-group:…:*" />
      <label className="check">
        <input type="checkbox" checked={isTraced} onChange={(event) => setTraced(event.target.checked)} />
        Tracing
      </label>
      <Field label="Role ARN" value={roleArn} onChange={setRole} isRequired />
      <Field label="Tags, one KEY=VALUE a line" rows={4} value={lines} onChange={setLines} />
      {error !== null && <ErrorNote error={error} title="Not all of it was saved" />}
      <div className="actions">
        <Button kind="primary" onPress={() => void save().catch(setError)}>
          Save
        </Button>
        <Button onPress={onClose}>Cancel</Button>
      </div>
    </Dialog>
  );
}

function tagsOf(lines: string): Required<Tag>[] {
  return lines
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const at = line.indexOf('=');
      return at === -1
        ? { key: line.trim(), value: '' }
        : { key: line.slice(0, at).trim(), value: line.slice(at + 1).trim() };
    });
}

async function saveTags(resourceArn: string, before: readonly Tag[], after: readonly Required<Tag>[]): Promise<void> {
  const gone = before.filter(({ key }) => after.every((tag) => tag.key !== key)).map(({ key }) => key);
  const changed = after.filter(({ key, value }) => before.every((tag) => tag.key !== key || tag.value !== value));
  if (gone.length > 0) await call('UntagResource', { resourceArn, tagKeys: gone });
  if (changed.length > 0) await call('TagResource', { resourceArn, tags: changed });
}
