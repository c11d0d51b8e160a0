import { type ReactElement, useId } from 'react';
import { Choice, Field } from '../ui/field.tsx';
import { type Draft, type FieldSchema, isGroup, kindOf } from './schema-form.ts';

interface SchemaFieldsProps {
  readonly schema: FieldSchema;
  readonly name: string;
  readonly path: string;
  readonly draft: Draft;
  readonly isRequired: boolean;
  readonly problems: ReadonlyMap<string, string>;
  readonly onChange: (draft: Draft) => void;
}

/** The fields of a schema: groups of them for objects, JSON for what no field is made for. */
export function SchemaFields(props: SchemaFieldsProps): ReactElement {
  const { schema, name, path, draft, onChange } = props;
  if (kindOf(schema) !== 'object') return <OneField {...props} />;
  const group = isGroup(draft) ? draft : {};
  const fields = Object.entries(schema.properties ?? {}).map(([member, one]) => (
    <SchemaFields
      key={member}
      schema={one}
      name={one.title ?? member}
      path={path === '' ? member : `${path}.${member}`}
      draft={group[member] ?? ''}
      isRequired={schema.required?.includes(member) === true}
      problems={props.problems}
      onChange={(changed) => onChange({ ...group, [member]: changed })}
    />
  ));
  if (path === '') return <div className="stack form-fields">{fields}</div>;
  return (
    <fieldset className="stack form-fields">
      <legend>{schema.title ?? name}</legend>
      {fields}
    </fieldset>
  );
}

function OneField({ schema, name, path, draft, isRequired, problems, onChange }: SchemaFieldsProps): ReactElement {
  const id = useId();
  const kind = kindOf(schema);
  const label = isRequired ? `${name} (required)` : name;
  const wrong = problems.get(path) ?? null;
  const text = typeof draft === 'string' ? draft : '';
  const help = schema.description === undefined ? null : <p className="muted small">{schema.description}</p>;
  if (kind === 'check') {
    return (
      <div>
        <label className="check" htmlFor={id}>
          <input
            id={id}
            type="checkbox"
            checked={draft === true}
            onChange={(event) => onChange(event.target.checked)}
          />
          {label}
        </label>
        {help}
      </div>
    );
  }
  if (kind === 'choice') {
    const options = (schema.enum ?? []).map((value): [string, string] => [JSON.stringify(value), String(value)]);
    return (
      <div>
        <Choice label={label} value={text} options={[['', '–'], ...options]} onChange={onChange} />
        {wrong !== null && <span className="wrong">{wrong}</span>}
        {help}
      </div>
    );
  }
  const rows = kind === 'json' ? 6 : kind === 'long' ? 4 : undefined;
  return (
    <div>
      <Field
        label={kind === 'json' ? `${label} as JSON` : label}
        type={kind === 'time' ? 'datetime-local' : kind === 'date' ? 'date' : kind === 'number' ? 'number' : 'text'}
        value={text}
        wrong={wrong}
        isRequired={isRequired}
        {...(rows === undefined ? {} : { rows })}
        onChange={onChange}
      />
      {help}
    </div>
  );
}
