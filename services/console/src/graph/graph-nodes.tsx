import { Handle, type Node, type NodeProps, type NodeTypes, Position } from '@xyflow/react';
import type { ReactElement } from 'react';
import type { VisitStatus } from '../history/history-model.ts';
import { Icon, type IconName } from '../ui/icon.tsx';

/** How a state has fared, for its colours and its small signs. */
export interface StateLook {
  readonly status?: VisitStatus;
  /** What stands in its corner: how often, how many items. */
  readonly counts?: string;
  /** Something is wrong with its definition. */
  readonly isWrong?: boolean;
}

export type ShownNode = Node<{
  readonly label: string;
  readonly type: string;
  readonly look: StateLook;
  readonly isEditable: boolean;
}>;

const SIGNS: Readonly<Record<VisitStatus, IconName>> = {
  RUNNING: 'running',
  SUCCEEDED: 'check',
  FAILED: 'cross',
  CAUGHT: 'warn',
  ABORTED: 'stop',
};

function StateNode({ data, selected }: NodeProps<ShownNode>): ReactElement {
  const { label, type, look, isEditable } = data;
  return (
    <div
      className="state"
      data-status={look.status}
      data-type={type}
      data-selected={selected}
      data-wrong={look.isWrong}
    >
      <div className="state-name" title={label}>
        {look.status !== undefined && <Icon name={SIGNS[look.status]} />}
        <span>{label}</span>
      </div>
      <div className="state-type">
        {type}
        {look.counts !== undefined && <span className="state-counts">{look.counts}</span>}
      </div>
      {isEditable && <Handle type="target" position={Position.Top} />}
      {isEditable && type !== 'Succeed' && type !== 'Fail' && <Handle type="source" position={Position.Bottom} />}
    </div>
  );
}

function SignNode({ data }: NodeProps<ShownNode>): ReactElement {
  const isStart = data.isEditable && data.type === 'start';
  return (
    <div className={`sign sign-${data.type}`}>
      {data.label}
      {isStart && <Handle type="source" position={Position.Bottom} />}
    </div>
  );
}

function GroupNode({ data }: NodeProps<ShownNode>): ReactElement {
  return (
    <div className="state-group">
      <span>{data.label}</span>
    </div>
  );
}

export const GraphNodes: NodeTypes = { state: StateNode, sign: SignNode, container: GroupNode };
