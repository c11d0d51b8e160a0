/** The fields of states and of what lies in them, for completion and for forms. Which are right, the language decides. */

const COMMON = ['Type', 'Comment', 'QueryLanguage'];
const LEADING = ['Next', 'End'];
const PATHS = ['InputPath', 'OutputPath'];
const WORK = ['Retry', 'Catch'];

const BY_TYPE: Readonly<
  Record<
    string,
    { readonly both: readonly string[]; readonly JSONPath: readonly string[]; readonly JSONata: readonly string[] }
  >
> = {
  Task: {
    both: [...LEADING, 'Resource', 'Assign', ...WORK, 'TimeoutSeconds', 'HeartbeatSeconds', 'Credentials'],
    JSONPath: [...PATHS, 'Parameters', 'ResultSelector', 'ResultPath', 'TimeoutSecondsPath', 'HeartbeatSecondsPath'],
    JSONata: ['Arguments', 'Output'],
  },
  Pass: {
    both: [...LEADING, 'Assign'],
    JSONPath: [...PATHS, 'Result', 'ResultPath', 'Parameters'],
    JSONata: ['Output'],
  },
  Choice: { both: ['Choices', 'Default', 'Assign'], JSONPath: PATHS, JSONata: ['Output'] },
  Wait: {
    both: [...LEADING, 'Seconds', 'Timestamp', 'Assign'],
    JSONPath: [...PATHS, 'SecondsPath', 'TimestampPath'],
    JSONata: ['Output'],
  },
  Succeed: { both: [], JSONPath: PATHS, JSONata: ['Output'] },
  Fail: { both: ['Error', 'Cause'], JSONPath: ['ErrorPath', 'CausePath'], JSONata: [] },
  Parallel: {
    both: [...LEADING, 'Branches', 'Assign', ...WORK],
    JSONPath: [...PATHS, 'Parameters', 'ResultSelector', 'ResultPath'],
    JSONata: ['Arguments', 'Output'],
  },
  Map: {
    both: [
      ...[...LEADING, 'ItemProcessor', 'ItemSelector', 'MaxConcurrency', 'Assign', ...WORK, 'Label', 'ItemReader'],
      ...['ItemBatcher', 'ResultWriter', 'ToleratedFailureCount', 'ToleratedFailurePercentage'],
    ],
    JSONPath: [...PATHS, 'ItemsPath', 'ResultSelector', 'ResultPath', 'MaxConcurrencyPath'],
    JSONata: ['Items', 'Output'],
  },
};

const MACHINE = ['StartAt', 'States', 'Comment', 'Version', 'TimeoutSeconds', 'QueryLanguage'];
const COMPARISONS = [
  ...['StringEquals', 'StringMatches', 'NumericEquals', 'NumericLessThan', 'NumericGreaterThan', 'BooleanEquals'],
  ...['NumericLessThanEquals', 'NumericGreaterThanEquals', 'TimestampEquals', 'TimestampLessThan'],
  ...[
    'IsNull',
    'IsPresent',
    'IsString',
    'IsNumeric',
    'IsBoolean',
    'IsTimestamp',
    'StringEqualsPath',
    'NumericEqualsPath',
  ],
];
const WITHIN: Readonly<Record<string, readonly string[]>> = {
  Retry: [
    'ErrorEquals',
    'IntervalSeconds',
    'MaxAttempts',
    'BackoffRate',
    'MaxDelaySeconds',
    'JitterStrategy',
    'Comment',
  ],
  Catch: ['ErrorEquals', 'Next', 'ResultPath', 'Assign', 'Output', 'Comment'],
  Choices: ['Next', 'Variable', 'Condition', 'And', 'Or', 'Not', 'Assign', 'Comment', ...COMPARISONS],
  And: ['Variable', 'And', 'Or', 'Not', ...COMPARISONS],
  Or: ['Variable', 'And', 'Or', 'Not', ...COMPARISONS],
  Not: ['Variable', 'And', 'Or', 'Not', ...COMPARISONS],
  ItemProcessor: ['ProcessorConfig', 'StartAt', 'States', 'Comment', 'QueryLanguage'],
  Iterator: ['StartAt', 'States', 'Comment'],
  Branches: ['StartAt', 'States', 'Comment', 'QueryLanguage'],
  ProcessorConfig: ['Mode', 'ExecutionType'],
};

/**
 * Fields that may stand in an object. `owner`: the key it stands under, `States` for a state, null for the machine
 * itself; `type`: the state's.
 */
export function fieldsOf(owner: string | null, type: string | null, language: string): readonly string[] {
  if (owner === null) return MACHINE;
  if (owner !== 'States') return WITHIN[owner] ?? [];
  const fields = type === null ? undefined : BY_TYPE[type];
  if (fields === undefined) return [...COMMON, ...LEADING];
  return [...COMMON, ...fields.both, ...(language === 'JSONata' ? fields.JSONata : fields.JSONPath)];
}

/** What a field is for, in a sentence. */
export const FIELD_HELP: Readonly<Record<string, string>> = {
  StartAt: 'The state that it begins with.',
  States: 'The states, by their names.',
  Type: 'What kind of state it is.',
  Next: 'The state that follows.',
  End: 'true: nothing follows.',
  Comment: 'For people.',
  QueryLanguage: 'How data is read: JSONPath or JSONata. A state may choose another one than the machine.',
  Resource: 'What the task calls: an integration, a function’s or an activity’s ARN.',
  Parameters: 'What the task gets. Keys that end with .$ have paths or intrinsic functions as values.',
  Arguments: 'What the task gets; {% … %} are JSONata expressions.',
  Output: 'What the state gives on; {% … %} are JSONata expressions.',
  Assign: 'Variables that later states read as $name.',
  InputPath: 'The part of the input that the state works with; null: an empty object.',
  OutputPath: 'The part of the output that is given on.',
  ResultSelector: 'What is taken of the task’s result.',
  ResultPath: 'Where the result goes within the input; null: it is dropped, and the input is given on.',
  Result: 'What a Pass gives on.',
  Retry: 'Which errors are tried again, how often and after how long.',
  Catch: 'Which errors lead where, instead of failing the execution.',
  ErrorEquals: 'Names of errors; States.ALL means all that can be caught.',
  IntervalSeconds: 'How long before the first retry (1).',
  MaxAttempts: 'How many retries (3); 0: none.',
  BackoffRate: 'By what the interval grows with each retry (2).',
  MaxDelaySeconds: 'How long an interval may become.',
  JitterStrategy: 'FULL: the interval is drawn between 0 and what it would be.',
  TimeoutSeconds: 'How long it may take.',
  HeartbeatSeconds: 'How long it may be silent; less than TimeoutSeconds.',
  Choices: 'Rules, of which the first that fits decides.',
  Default: 'The state that follows where no rule fits.',
  Condition: 'A JSONata expression: {% $states.input.n > 3 %}.',
  Variable: 'The path of what is compared.',
  Seconds: 'How long to wait.',
  Timestamp: 'Until when to wait: 2026-11-27T12:00:00Z.',
  Error: 'The error’s name.',
  Cause: 'What happened, for people.',
  Branches: 'Machines that run side by side; the output is the list of their outputs.',
  ItemProcessor: 'The machine that runs for each item.',
  ItemsPath: 'Where in the input the items are.',
  Items: 'The items: a list, or a JSONata expression that gives one.',
  ItemSelector: 'What each item’s machine gets.',
  MaxConcurrency: 'How many items at once; 0: as many as there are.',
  ToleratedFailureCount: 'How many items may fail.',
  ToleratedFailurePercentage: 'Which share of the items may fail.',
};
