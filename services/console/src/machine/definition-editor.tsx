import { type StateGraph, stateGraph } from '@everstep/graph';
import { readJsonSource, type SourceNode, type Span } from '@everstep/language';
import { type ReactElement, type ReactNode, useMemo, useRef, useState } from 'react';
import { CodeEditor, type EditorHistory } from '../editor/code-editor.tsx';
import { type Finding, findingsOf, type MachineType } from '../editor/findings.ts';
import type { StateLook } from '../graph/graph-nodes.tsx';
import { DRAGGED, type GraphEditing, GraphView } from '../graph/graph-view.tsx';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { prettyJson } from '../ui/json-text.ts';
import { addState, connect, PALETTE, removeState } from './edit-definition.ts';
import { ExportMenu } from './export-menu.tsx';
import { ImportDialog } from './import-dialog.tsx';
import { StateForm } from './state-form.tsx';

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

/** A definition as graph, as code and as a form of the chosen state: one document, and one history of its changes. */
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
  const put = (changed: string | null): void => {
    if (changed !== null) onChange(changed);
  };
  const add = (type: string, after: string | null): void => {
    const known = PALETTE.find((one) => one === type);
    const added = known === undefined ? null : addState(text, known, after);
    if (added === null) return;
    onChange(added.text);
    setSelected(added.name);
  };
  const editing: GraphEditing = {
    onConnect: (from, to) => put(connect(text, from, to)),
    onDrop: add,
    onDelete: (state) => {
      setSelected(null);
      put(removeState(text, state));
    },
  };
  return (
    <div className="definition">
      <section className="card" aria-label="Graph">
        <div className="card-head">
          {isReadOnly ? <h2>Graph</h2> : <Palette onAdd={(type) => add(type, selected)} />}
          <ExportMenu graph={graph} text={text} name={name} />
        </div>
        {graph === null ? (
          <div className="empty">What is no JSON has no graph.</div>
        ) : (
          <GraphView
            {...{ graph, looks, selected }}
            onSelect={select}
            label="Graph of the states"
            {...(isReadOnly ? {} : { editing })}
          />
        )}
      </section>
      <DocumentSide
        {...{ text, onChange, machineType, isReadOnly, selected, mark, findings }}
        onSelect={setSelected}
        onMark={setMark}
      >
        {children}
      </DocumentSide>
    </div>
  );
}

interface DocumentSideProps extends Omit<DefinitionEditorProps, 'name'> {
  readonly selected: string | null;
  readonly mark: Mark | null;
  readonly findings: readonly Finding[];
  readonly onSelect: (state: string) => void;
  readonly onMark: (mark: Mark) => void;
}

/** The document as code, or the form of one state of it. The code stays there behind the form: it has the history. */
function DocumentSide(props: DocumentSideProps): ReactElement {
  const {
    text,
    onChange,
    machineType,
    isReadOnly = false,
    selected,
    mark,
    findings,
    onSelect,
    onMark,
    children,
  } = props;
  const [side, setSide] = useState<'code' | 'form'>('code');
  const [isImporting, setImporting] = useState(false);
  const changes = useRef<EditorHistory | null>(null);
  return (
    <section className="card" aria-label="Definition">
      <div className="card-head">
        <SideChoice side={side} onChange={setSide} />
        <div className="actions">
          {!isReadOnly && (
            <>
              <Button size="small" kind="plain" icon="undo" label="Undo" onPress={() => changes.current?.undo()} />
              <Button size="small" kind="plain" icon="redo" label="Redo" onPress={() => changes.current?.redo()} />
              <Button size="small" onPress={() => onChange(prettyJson(text))}>
                Format
              </Button>
              <Button size="small" onPress={() => setImporting(true)}>
                Import …
              </Button>
              <ImportDialog isOpen={isImporting} onClose={() => setImporting(false)} onImport={onChange} />
            </>
          )}
          {children}
        </div>
      </div>
      <div className="code-and-findings">
        {side === 'form' && <StateForm {...{ text, isReadOnly, onChange, onSelect }} state={selected} />}
        <div className="code-side" hidden={side !== 'code'}>
          <CodeEditor
            {...{ machineType, isReadOnly, mark, onChange }}
            value={text}
            label="Definition"
            onReady={(ready) => {
              changes.current = ready;
            }}
          />
        </div>
        <FindingList
          findings={findings}
          onPick={({ from, to }) => {
            setSide('code');
            onMark({ from, to });
          }}
        />
      </div>
    </section>
  );
}

/** States to drag into the graph, or to add after the chosen one by a press. */
function Palette({ onAdd }: { readonly onAdd: (type: string) => void }): ReactElement {
  return (
    <div className="palette" role="group" aria-label="Add a state">
      {PALETTE.map((type) => (
        <button
          key={type}
          type="button"
          className="chip"
          draggable
          title={`Drag into the graph, or press to add a ${type} after the chosen state`}
          onClick={() => onAdd(type)}
          onDragStart={(event) => event.dataTransfer.setData(DRAGGED, type)}
        >
          {type}
        </button>
      ))}
    </div>
  );
}

interface SideChoiceProps {
  readonly side: 'code' | 'form';
  readonly onChange: (side: 'code' | 'form') => void;
}

function SideChoice({ side, onChange }: SideChoiceProps): ReactElement {
  const sides = [
    ['code', 'Code'],
    ['form', 'Form'],
  ] as const;
  return (
    <div className="chips" role="group" aria-label="How the definition is shown">
      {sides.map(([id, title]) => (
        <button
          key={id}
          type="button"
          className="chip"
          aria-pressed={side === id}
          {...(side === id ? { 'data-selected': '' } : {})}
          onClick={() => onChange(id)}
        >
          {title}
        </button>
      ))}
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
  readonly onPick: (finding: Finding) => void;
}

function FindingList({ findings, onPick }: FindingListProps): ReactElement {
  const isWrong = findings.some(({ severity }) => severity === 'error');
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
