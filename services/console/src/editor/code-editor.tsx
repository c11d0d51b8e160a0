import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab, isolateHistory, redo, undo } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting,
} from '@codemirror/language';
import { type Diagnostic, lintGutter, linter, lintKeymap } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { type ReactElement, useEffect, useRef } from 'react';
import './editor.css';
import { completeDefinition } from './completions.ts';
import { fieldHelp } from './field-help.ts';
import { findingsOf, type MachineType } from './findings.ts';

export interface CodeEditorProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly label: string;
  /** A definition of such a machine: it is checked and completed. Absent: any JSON. */
  readonly machineType?: MachineType;
  readonly isReadOnly?: boolean;
  /** Told how its changes are undone and done again, with those that came from outside of it. */
  readonly onReady?: (history: EditorHistory) => void;
  /** What is scrolled to and marked. */
  readonly mark?: { readonly from: number; readonly to: number } | null;
}

export interface EditorHistory {
  readonly undo: () => void;
  readonly redo: () => void;
}

/** Typing goes on while a definition is looked through: after so long a pause, in milliseconds. */
const LINT_MS = 250;

const colours = HighlightStyle.define([
  { tag: tags.propertyName, class: 'tok-key' },
  { tag: tags.string, class: 'tok-string' },
  { tag: tags.number, class: 'tok-number' },
  { tag: [tags.bool, tags.null], class: 'tok-word' },
]);

export const editorColours: Extension = syntaxHighlighting(colours);

/** The nonce under which the page's policy lets the editor make its style sheet. */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
}

function basics(label: string): Extension {
  return [
    EditorView.cspNonce.of(styleNonce()),
    EditorView.contentAttributes.of({ 'aria-label': label }),
    lineNumbers(),
    foldGutter(),
    drawSelection(),
    history(),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    highlightActiveLine(),
    highlightSelectionMatches(),
    search({ top: true }),
    editorColours,
    json(),
    EditorView.lineWrapping,
    keymap.of([
      ...[...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap],
      ...[...completionKeymap, ...lintKeymap, indentWithTab],
    ]),
  ];
}

function ofDefinition(type: MachineType): Extension {
  const look = (view: EditorView): Diagnostic[] =>
    findingsOf(view.state.doc.toString(), type).map(({ from, to, severity, message }) => ({
      from,
      to,
      severity,
      message,
    }));
  return [
    linter(look, { delay: LINT_MS }),
    lintGutter(),
    fieldHelp,
    autocompletion({ override: [completeDefinition] }),
  ];
}

/** A text editor for JSON: CodeMirror, which Escape and then Tab leave. */
export function CodeEditor(props: CodeEditorProps): ReactElement {
  const { value, onChange, onReady, label, machineType, isReadOnly = false, mark = null } = props;
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const told = useRef(onChange);
  told.current = onChange;
  const ready = useRef(onReady);
  const first = useRef(value);
  useEffect(() => {
    if (place.current === null) return;
    const state = EditorState.create({
      doc: first.current,
      extensions: [
        basics(label),
        ...(machineType === undefined ? [] : [ofDefinition(machineType)]),
        EditorState.readOnly.of(isReadOnly),
        EditorView.updateListener.of(({ docChanged, state: now }) => {
          if (docChanged) told.current(now.doc.toString());
        }),
      ],
    });
    const made = new EditorView({ state, parent: place.current });
    view.current = made;
    ready.current?.({ undo: () => void undo(made), redo: () => void redo(made) });
    return () => {
      first.current = made.state.doc.toString();
      made.destroy();
      view.current = null;
    };
  }, [label, machineType, isReadOnly]);
  useEffect(() => {
    const shown = view.current;
    if (shown === null || shown.state.doc.toString() === value) return;
    shown.dispatch({
      changes: { from: 0, to: shown.state.doc.length, insert: value },
      annotations: isolateHistory.of('full'),
    });
  }, [value]);
  useEffect(() => {
    const shown = view.current;
    if (shown === null || mark === null || mark.to > shown.state.doc.length) return;
    shown.dispatch({
      selection: { anchor: mark.from, head: mark.to },
      effects: EditorView.scrollIntoView(mark.from, { y: 'center' }),
    });
  }, [mark]);
  return <div className="code" ref={place} />;
}
