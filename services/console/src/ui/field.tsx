import { type ReactElement, useId } from 'react';

export interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly type?: 'text' | 'password' | 'search' | 'date' | 'datetime-local' | 'number';
  readonly autoComplete?: string;
  readonly placeholder?: string;
  readonly isRequired?: boolean;
  readonly className?: string;
  /** More than one line. */
  readonly rows?: number;
  /** What is wrong with it. */
  readonly wrong?: string | null;
}

export function Field(props: FieldProps): ReactElement {
  const { label, value, onChange, type = 'text', className = '', rows, wrong = null, isRequired = false } = props;
  const id = useId();
  const common = {
    id,
    value,
    required: isRequired,
    autoComplete: props.autoComplete ?? 'off',
    placeholder: props.placeholder,
    spellCheck: false,
    'aria-invalid': wrong !== null,
    'aria-describedby': wrong === null ? undefined : `${id}-wrong`,
  };
  return (
    <div className={`field ${className}`}>
      <label htmlFor={id}>{label}</label>
      {rows === undefined ? (
        <input {...common} type={type} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <textarea {...common} rows={rows} onChange={(event) => onChange(event.target.value)} />
      )}
      {wrong !== null && (
        <span className="wrong" id={`${id}-wrong`}>
          {wrong}
        </span>
      )}
    </div>
  );
}

export interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: ReadonlyArray<readonly [value: string, text: string]>;
  readonly onChange: (value: string) => void;
  readonly className?: string;
}

/** One of a few: the browser's own, which keyboards, phones and screen readers know. */
export function Choice({ label, value, options, onChange, className = '' }: ChoiceProps): ReactElement {
  const id = useId();
  return (
    <div className={`field ${className}`}>
      <label htmlFor={id}>{label}</label>
      <select id={id} className="input" value={value} onChange={(event) => onChange(event.target.value)}>
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}
