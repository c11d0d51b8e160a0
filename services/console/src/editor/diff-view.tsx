import { json } from '@codemirror/lang-json';
import { unifiedMergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { type ReactElement, useEffect, useRef } from 'react';
import { editorColours, styleNonce } from './code-editor.tsx';
import './editor.css';

interface DiffViewProps {
  readonly before: string;
  readonly after: string;
  readonly label: string;
}

/** What is new, and what was there before, line by line; what is the same is folded away. */
export function DiffView({ before, after, label }: DiffViewProps): ReactElement {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (place.current === null) return;
    const view = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: after,
        extensions: [
          EditorView.cspNonce.of(styleNonce()),
          EditorView.contentAttributes.of({ 'aria-label': label }),
          EditorState.readOnly.of(true),
          lineNumbers(),
          EditorView.lineWrapping,
          json(),
          editorColours,
          unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: { margin: 3 } }),
        ],
      }),
    });
    return () => view.destroy();
  }, [before, after, label]);
  return <div className="code diff" ref={place} />;
}
