import { type Json, type JsonObject, parseJson } from '@everstep/language';
import { type ReactElement, useState } from 'react';
import { Choice, Field } from '../ui/field.tsx';
import { prettyJson } from '../ui/json-text.ts';
import { connect, placeOf, readDefinition, renameState, setField } from './edit-definition.ts';
import { FIELD_HELP, fieldsOf } from './fields.ts';

interface StateFormProps {
  readonly text: string;
  readonly state: string | null;
  readonly isReadOnly: boolean;
  readonly onChange: (text: string) => void;
  /** A state that is renamed stays the chosen one. */
  readonly onSelect: (state: string) => void;
}

/** What the graph shows and the code holds, but no field of a form: machines within the machine. */
const NESTED: ReadonlySet<string> = new Set([
  'Branches',
  'ItemProcessor',
  'Iterator',
  'Type',
  'Next',
  'End',
  'Default',
]);
const TEXTS: ReadonlySet<string> = new Set([
  ...['Comment', 'Resource', 'InputPath', 'OutputPath', 'ResultPath', 'ItemsPath', 'SecondsPath', 'TimestampPath'],
  ...['Timestamp', 'Error', 'Cause', 'ErrorPath', 'CausePath', 'Label', 'QueryLanguage', 'TimeoutSecondsPath'],
  ...['HeartbeatSecondsPath', 'MaxConcurrencyPath'],
]);
const NUMBERS: ReadonlySet<string> = new Set([
  ...['TimeoutSeconds', 'HeartbeatSeconds', 'Seconds', 'MaxConcurrency'],
  ...['ToleratedFailureCount', 'ToleratedFailurePercentage'],
]);

/** The fields of one state, each in a field of its own. */
export function StateForm({ text, state, isReadOnly, onChange, onSelect }: StateFormProps): ReactElement {
  const definition = readDefinition(text);
  const place = state === null ? null : placeOf(definition ?? undefined, state);
  if (state === null || place === null || definition === null) {
    return (
      <div className="empty form-side">
        {definition === null ? 'It is no JSON yet.' : 'Choose a state in the graph.'}
      </div>
    );
  }
  const language = textOf(place.state['QueryLanguage'] ?? definition['QueryLanguage'], 'JSONPath');
  const type = textOf(place.state['Type'], '');
  const fields = fieldsOf('States', type, language).filter((field) => !NESTED.has(field));
  const [there, others] = [
    fields.filter((field) => field in place.state),
    fields.filter((field) => !(field in place.state)),
  ];
  const put = (changed: string | null): boolean => {
    if (changed !== null) onChange(changed);
    return changed !== null;
  };
  return (
    <fieldset className="form-side stack" disabled={isReadOnly}>
      <legend className="sr-only">{state}</legend>
      <Draft
        key={`${state} name`}
        label="Name"
        value={state}
        read={(name) => name}
        onCommit={(name) => {
          const wanted = textOf(name, '');
          const isDone = put(renameState(text, state, wanted));
          if (isDone) onSelect(wanted);
          return isDone;
        }}
      />
      <Leading {...{ text, state, put }} own={place.state} siblings={Object.keys(place.states)} />
      {there.map((field) => (
        <FieldEditor key={`${state} ${field}`} {...{ field, text, state, put }} value={place.state[field]} />
      ))}
      {others.length > 0 && (
        <Choice
          label="Add a field"
          value=""
          options={[['', '…'], ...others.map((field): [string, string] => [field, field])]}
          onChange={(field) => put(setField(text, state, field, firstValue(field)))}
        />
      )}
    </fieldset>
  );
}

function textOf(value: Json | undefined, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function firstValue(field: string): Json {
  if (field === 'Retry') return [{ ErrorEquals: ['States.ALL'], MaxAttempts: 3 }];
  if (NUMBERS.has(field)) return 10;
  if (field === 'QueryLanguage') return 'JSONata';
  if (field === 'Catch' || field === 'Choices') return [];
  return TEXTS.has(field) ? '' : {};
}

interface LeadingProps {
  readonly text: string;
  readonly state: string;
  readonly own: JsonObject;
  readonly siblings: readonly string[];
  readonly put: (changed: string | null) => boolean;
}

const END = 'end:';

/** What follows: for those who do not draw lines. */
function Leading({ text, state, own, siblings, put }: LeadingProps): ReactElement | null {
  const type = own['Type'];
  if (type === 'Succeed' || type === 'Fail') return null;
  const field = type === 'Choice' ? 'Default' : 'Next';
  const next = own[field];
  const others = siblings.filter((name) => name !== state).map((name): [string, string] => [name, name]);
  const none: [string, string] = type === 'Choice' ? [END, 'none'] : [END, 'nothing: it ends here'];
  const choose = (to: string): void => {
    if (to !== END) put(field === 'Next' ? connect(text, state, to) : setField(text, state, field, to));
    else if (field === 'Next') put(setField(text, state, 'End', true));
    else put(setField(text, state, field, undefined));
  };
  return (
    <Choice
      label={field === 'Next' ? 'What follows' : 'What follows where no rule fits'}
      value={typeof next === 'string' ? next : END}
      options={[none, ...others]}
      onChange={choose}
    />
  );
}

interface FieldEditorProps {
  readonly field: string;
  readonly value: Json | undefined;
  readonly text: string;
  readonly state: string;
  readonly put: (changed: string | null) => boolean;
}

function FieldEditor({ field, value, text, state, put }: FieldEditorProps): ReactElement {
  const isText = TEXTS.has(field);
  const shown = typeof value === 'string' && !isJsonField(field) ? value : prettyJson(JSON.stringify(value));
  return (
    <Draft
      label={field}
      value={shown}
      {...(isText || NUMBERS.has(field) ? {} : { rows: Math.min(12, shown.split('\n').length + 1) })}
      read={(draft) => readValue(field, draft)}
      onCommit={(changed) => put(setField(text, state, field, changed))}
    />
  );
}

function isJsonField(field: string): boolean {
  return !TEXTS.has(field) && !NUMBERS.has(field);
}

/** An empty text takes the field away; `null` is null where a path may be it. Throws where it is no JSON but must be. */
function readValue(field: string, draft: string): Json | undefined {
  const trimmed = draft.trim();
  if (trimmed === '') return undefined;
  if (field.endsWith('Path') && trimmed === 'null') return null;
  if (TEXTS.has(field)) return draft;
  if (NUMBERS.has(field)) return /^-?\d+(\.\d+)?$/.test(trimmed) ? parseJson(trimmed) : draft;
  if (/^\{%[\s\S]*%\}$/.test(trimmed)) return trimmed;
  return parseJson(trimmed);
}

interface DraftProps {
  readonly label: string;
  readonly value: string;
  readonly rows?: number;
  readonly read: (draft: string) => Json | undefined;
  /** Whether it could be taken. */
  readonly onCommit: (value: Json | undefined) => boolean;
}

/** A field that is taken when it is left, or by Enter: not each key is a change of the document. */
function Draft({ label, value, rows, read, onCommit }: DraftProps): ReactElement {
  const [draft, setDraft] = useState<string | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const commit = (): void => {
    if (draft === null || draft === value) return;
    try {
      if (!onCommit(read(draft))) {
        setWrong('It cannot be that.');
        return;
      }
      setDraft(null);
      setWrong(null);
    } catch (error) {
      setWrong(error instanceof Error ? error.message : 'It is no JSON.');
    }
  };
  const help = FIELD_HELP[label];
  return (
    <div
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && rows === undefined) commit();
        if (event.key === 'Escape') {
          setDraft(null);
          setWrong(null);
        }
      }}
    >
      <Field
        label={label}
        value={draft ?? value}
        onChange={setDraft}
        wrong={wrong}
        {...(rows === undefined ? {} : { rows })}
      />
      {help !== undefined && <p className="muted small">{help}</p>}
    </div>
  );
}
