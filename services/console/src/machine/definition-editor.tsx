import { mermaidText, type StateGraph, stateGraph, svgText } from '@everstep/graph';
import { readJsonSource, type SourceNode, type Span } from '@everstep/language';
import { type ReactElement, type ReactNode, useMemo, useState } from 'react';
import { CodeEditor } from '../editor/code-editor.tsx';
import { type Finding, findingsOf, type MachineType } from '../editor/findings.ts';
import type { StateLook } from '../graph/graph-nodes.tsx';
import { GraphView } from '../graph/graph-view.tsx';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { prettyJson } from '../ui/json-text.ts';
import { MenuButton } from '../ui/menu.tsx';
import { download } from './download.ts';

export interface DefinitionEditorProps {
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly machineType: MachineType;
  /** Of the files that are downloaded. */
  readonly name: string;
  readonly isReadOnly?: boolean;
  /** What can be done with it, beside formatting and downloading. */
  readonly children?: ReactNode;
}

interface Mark {
  readonly from: number;
  readonly to: number;
}

/** A definition as graph and as code, side by side: one document. */
export function DefinitionEditor(props: DefinitionEditorProps): ReactElement {
  const { text, onChange, machineType, name, isReadOnly = false, children } = props;
  const [selected, setSelected] = useState<string | null>(null);
  const [mark, setMark] = useState<Mark | null>(null);
  const findings = useMemo(() => findingsOf(text, machineType), [text, machineType]);
  const graph = useGraph(text);
  const looks = useMemo(() => looksOf(findings), [findings]);
  const select = (state: string | null): void => {
    setSelected(state);
    if (state !== null) setMark(placeIn(text, state));
  };
  const isWrong = findings.some(({ severity }) => severity === 'error');
  return (
    <div className="definition">
      <section className="card" aria-label="Graph">
        <div className="card-head">
          <h2>Graph</h2>
          <ExportMenu graph={graph} text={text} name={name} />
        </div>
        {graph === null ? (
          <div className="empty">What is no JSON has no graph.</div>
        ) : (
          <GraphView {...{ graph, looks, selected }} onSelect={select} label="Graph of the states" />
        )}
      </section>
      <section className="card" aria-label="Code">
        <div className="card-head">
          <h2>Code</h2>
          <div className="actions">
            {!isReadOnly && (
              <Button size="small" isDisabled={graph === null} onPress={() => onChange(prettyJson(text))}>
                Format
              </Button>
            )}
            {children}
          </div>
        </div>
        <div className="code-and-findings">
          <CodeEditor value={text} onChange={onChange} label="Definition" {...{ machineType, isReadOnly, mark }} />
          <FindingList findings={findings} isWrong={isWrong} onPick={({ from, to }) => setMark({ from, to })} />
        </div>
      </section>
    </div>
  );
}

/** The latest graph that the text had: while a brace is missing, the picture stays. */
function useGraph(text: string): StateGraph | null {
  const [latest, setLatest] = useState<{ readonly text: string; readonly graph: StateGraph | null } | null>(null);
  if (latest === null || latest.text !== text) {
    const graph = readGraph(text) ?? latest?.graph ?? null;
    setLatest({ text, graph });
    return graph;
  }
  return latest.graph;
}

function readGraph(text: string): StateGraph | null {
  try {
    return stateGraph(text);
  } catch {
    return null;
  }
}

function looksOf(findings: readonly Finding[]): Map<string, StateLook> {
  const looks = new Map<string, StateLook>();
  for (const { state, severity } of findings)
    if (state !== null && severity === 'error') looks.set(state, { isWrong: true });
  return looks;
}

/** Where a state stands in the text. */
function placeIn(text: string, state: string): Mark | null {
  const root = readJsonSource(text);
  const key = root === null ? null : keyOf(root, state);
  return key === null ? null : { from: key.start, to: key.end };
}

function keyOf(graph: SourceNode, state: string): Span | null {
  const states = graph.members?.get('States')?.value.members;
  const own = states?.get(state);
  if (own !== undefined) return own.key;
  for (const { value } of states?.values() ?? []) {
    const branches = value.members?.get('Branches')?.value.items ?? [];
    const processors = ['ItemProcessor', 'Iterator'].flatMap((field) => value.members?.get(field)?.value ?? []);
    for (const inner of [...branches, ...processors]) {
      const found = keyOf(inner, state);
      if (found !== null) return found;
    }
  }
  return null;
}

interface FindingListProps {
  readonly findings: readonly Finding[];
  readonly isWrong: boolean;
  readonly onPick: (finding: Finding) => void;
}

function FindingList({ findings, isWrong, onPick }: FindingListProps): ReactElement {
  if (findings.length === 0) {
    return (
      <p className="valid small" role="status">
        <Icon name="check" /> The definition is valid.
      </p>
    );
  }
  return (
    <ul className="findings" aria-label={isWrong ? 'Errors of the definition' : 'Warnings of the definition'}>
      {findings.map((finding, index) => (
        <li key={index} data-severity={finding.severity}>
          <button type="button" onClick={() => onPick(finding)}>
            <Icon name={finding.severity === 'error' ? 'cross' : 'warn'} />
            <span className="break">{finding.message}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

interface ExportMenuProps {
  readonly graph: StateGraph | null;
  readonly text: string;
  readonly name: string;
}

function ExportMenu({ graph, text, name }: ExportMenuProps): ReactElement {
  const file = name === '' ? 'state-machine' : name;
  return (
    <MenuButton
      entries={[
        {
          ...{ id: 'json', text: 'Definition, JSON' },
          onAction: () => download(`${file}.asl.json`, 'application/json', prettyJson(text)),
        },
        {
          ...{ id: 'svg', text: 'Graph, SVG' },
          onAction: () => graph !== null && download(`${file}.svg`, 'image/svg+xml', svgText(graph, new Map())),
        },
        {
          ...{ id: 'mermaid', text: 'Graph, Mermaid' },
          onAction: () => graph !== null && download(`${file}.mmd`, 'text/plain', mermaidText(graph, new Map())),
        },
      ]}
    >
      Download
    </MenuButton>
  );
}
