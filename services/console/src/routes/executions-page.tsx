import { useQuery } from '@tanstack/react-query';
import { type FormEvent, type ReactElement, useState } from 'react';
import { useSearchParams } from 'react-router';
import { call } from '../api/call.ts';
import { Choice, Field } from '../ui/field.tsx';
import { machineNameOf, nameOf, STATUS_WORDS } from '../ui/format.ts';
import { PageHead } from '../ui/parts.tsx';
import { ExecutionList, type Filters, STATUSES } from './execution-list.tsx';

const PERIODS: ReadonlyArray<readonly [string, string]> = [
  ['', 'Any time'],
  ['900', 'Last 15 minutes'],
  ['3600', 'Last hour'],
  ['21600', 'Last 6 hours'],
  ['86400', 'Last day'],
  ['604800', 'Last week'],
  ['2592000', 'Last 30 days'],
  ['custom', 'From … to …'],
];

function filtersOf(params: URLSearchParams): Filters {
  return {
    machine: params.get('machine') ?? '',
    statuses: params.getAll('status'),
    name: params.get('name') ?? '',
    input: params.get('input') ?? '',
    period: params.get('period') ?? '',
    from: params.get('from') ?? '',
    to: params.get('to') ?? '',
  };
}

export function ExecutionsPage(): ReactElement {
  const [params, setParams] = useSearchParams();
  const filters = filtersOf(params);
  const change = (name: string, values: readonly string[]): void => {
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        next.delete(name);
        for (const value of values) if (value !== '') next.append(name, value);
        return next;
      },
      { replace: true },
    );
  };
  return (
    <>
      <PageHead title="Executions" document="Executions" />
      <section className="card" aria-label="Executions">
        <div className="card-head">
          <FilterBar filters={filters} change={change} />
        </div>
        <ExecutionList filters={filters} />
      </section>
    </>
  );
}

interface FilterBarProps {
  readonly filters: Filters;
  readonly change: (name: string, values: readonly string[]) => void;
}

function FilterBar({ filters, change }: FilterBarProps): ReactElement {
  const { machine, statuses, name, input, period, from, to } = filters;
  const toggle = (status: string): void => {
    change('status', statuses.includes(status) ? statuses.filter((one) => one !== status) : [...statuses, status]);
  };
  return (
    <div className="stack grow">
      <div className="filters">
        <Field
          className="wide"
          label="Name contains"
          type="search"
          value={name}
          onChange={(value) => change('name', [value])}
        />
        <InputFilter key={input} applied={input} onApply={(value) => change('input', [value])} />
        <MachineChoice machine={machine} onChange={(value) => change('machine', [value])} />
        <Choice label="Started" value={period} options={PERIODS} onChange={(value) => change('period', [value])} />
        {period === 'custom' && (
          <>
            <Field label="From" type="datetime-local" value={from} onChange={(value) => change('from', [value])} />
            <Field label="Before" type="datetime-local" value={to} onChange={(value) => change('to', [value])} />
          </>
        )}
      </div>
      <div className="chips" role="group" aria-label="Status">
        {STATUSES.map((status) => (
          <button
            key={status}
            type="button"
            className="chip"
            aria-pressed={statuses.includes(status)}
            {...(statuses.includes(status) ? { 'data-selected': '' } : {})}
            onClick={() => toggle(status)}
          >
            {STATUS_WORDS[status]}
          </button>
        ))}
      </div>
    </div>
  );
}

/** Applied when it is written to its end: half of a condition is none. */
function InputFilter({ applied, onApply }: { applied: string; onApply: (filter: string) => void }): ReactElement {
  const [written, setWritten] = useState(applied);
  const apply = (): void => {
    if (written.trim() !== applied) onApply(written.trim());
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    apply();
  };
  return (
    <form className="wide" onSubmit={submit} onBlur={apply}>
      <Field
        label="Input has"
        type="search"
        value={written}
        placeholder={'orderId = 42 and customer.name = "Ann"'}
        onChange={(value) => {
          setWritten(value);
          if (value === '') onApply('');
        }}
      />
    </form>
  );
}

interface MachineChoiceProps {
  readonly machine: string;
  readonly onChange: (arn: string) => void;
}

/** A machine, and of it a version or an alias. */
function MachineChoice({ machine, onChange }: MachineChoiceProps): ReactElement {
  const unqualified = machine.split(':').slice(0, 7).join(':');
  const machines = useQuery({
    queryKey: ['machines', 'names'],
    queryFn: ({ signal }) => call('ListStateMachines', { maxResults: 1000 }, signal),
  });
  const qualifiers = useQuery({
    queryKey: ['qualifiers', unqualified],
    enabled: unqualified !== '',
    queryFn: async ({ signal }) => {
      const request = { stateMachineArn: unqualified, maxResults: 1000 };
      const [versions, aliases] = await Promise.all([
        call('ListStateMachineVersions', request, signal),
        call('ListStateMachineAliases', request, signal),
      ]);
      return [
        ...aliases.stateMachineAliases.map(({ stateMachineAliasArn }) => stateMachineAliasArn),
        ...versions.stateMachineVersions.map(({ stateMachineVersionArn }) => stateMachineVersionArn),
      ];
    },
  });
  const standard = (machines.data?.stateMachines ?? []).filter(({ type }) => type === 'STANDARD');
  const listed = standard.map(({ stateMachineArn, name }): [string, string] => [stateMachineArn, name]);
  const known =
    listed.some(([arn]) => arn === unqualified) || unqualified === ''
      ? listed
      : [...listed, [unqualified, machineNameOf(unqualified)] as const];
  return (
    <>
      <Choice label="State machine" value={unqualified} options={[['', 'All'], ...known]} onChange={onChange} />
      {unqualified !== '' && (qualifiers.data?.length ?? 0) > 0 && (
        <Choice
          label="Version or alias"
          value={machine}
          options={[
            [unqualified, 'Any'],
            ...(qualifiers.data ?? []).map((arn): [string, string] => [arn, nameOf(arn)]),
          ]}
          onChange={onChange}
        />
      )}
    </>
  );
}
