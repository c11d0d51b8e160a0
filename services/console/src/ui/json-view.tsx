import { type ReactElement, useMemo, useState } from 'react';
import { Button, CopyButton } from './button.tsx';
import { numberText } from './format.ts';
import { jsonParts, prettyJson } from './json-text.ts';

/** Characters shown at first: more makes pages slow, and nobody reads it. */
const SHOWN = 20_000;
/** Beyond this it is shown without colours. */
const COLOURED = 60_000;

/** JSON text, or any text, indented, in part where it is long. React escapes it: nothing in it is ever markup. */
export function JsonView({ text, label }: { readonly text: string; readonly label: string }): ReactElement {
  const [isWhole, setWhole] = useState(false);
  const pretty = useMemo(() => prettyJson(text), [text]);
  const shown = isWhole ? pretty : pretty.slice(0, SHOWN);
  const parts = useMemo(() => (shown.length > COLOURED ? [{ text: shown, kind: null }] : jsonParts(shown)), [shown]);
  return (
    <div className="stack">
      <div className="row between">
        <span className="label">{label}</span>
        <CopyButton text={text} what={label} />
      </div>
      <pre className="json" tabIndex={0} aria-label={label}>
        {parts.map((part, index) =>
          part.kind === null ? (
            part.text
          ) : (
            <span key={index} className={part.kind}>
              {part.text}
            </span>
          ),
        )}
      </pre>
      {shown.length < pretty.length && (
        <div className="row">
          <span className="muted small">
            {numberText(shown.length)} of {numberText(pretty.length)} characters
          </span>
          <Button size="small" onPress={() => setWhole(true)}>
            Show all
          </Button>
        </div>
      )}
    </div>
  );
}
