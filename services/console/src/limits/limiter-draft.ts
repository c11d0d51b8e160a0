import type { LimiterShape, LimitSettings } from '@everstep/protocol';

/** A limiter as a form holds it: texts, as they are typed. */
export interface LimiterDraft {
  readonly name: string;
  readonly description: string;
  readonly resource: string;
  readonly stateMachine: string;
  readonly key: string;
  readonly concurrency: string;
  /** `100/m`, `5/30s` */
  readonly rate: string;
  readonly burst: string;
  readonly keyConcurrency: string;
  readonly keyRate: string;
  readonly keyBurst: string;
  /** A number, or an expression. */
  readonly priority: string;
}

export type DraftProblems = Partial<Record<keyof LimiterDraft, string>>;

export const NEW_LIMITER: LimiterDraft = {
  ...{ name: '', description: '', resource: '', stateMachine: '', key: '', priority: '' },
  ...{ concurrency: '', rate: '', burst: '', keyConcurrency: '', keyRate: '', keyBurst: '' },
};

const UNITS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;
const RATE = /^(\d+)\s*\/\s*(\d+(?:\.\d+)?)?\s*(s|m|h|d)$/;

type Rate = NonNullable<LimitSettings['rate']>;

/** `100/m`, `5/30s` */
export function rateText({ permits, seconds }: Pick<Rate, 'permits' | 'seconds'>): string {
  const unit = (['d', 'h', 'm'] as const).find((one) => seconds === UNITS[one]);
  if (unit !== undefined) return `${permits}/${unit}`;
  return seconds === 1 ? `${permits}/s` : `${permits}/${seconds}s`;
}

export function draftOf(name: string, shape: LimiterShape): LimiterDraft {
  const { description = '', resource = '', stateMachine = '', key = '', limit, limitPerKey } = shape;
  const priority = shape.priorityExpression ?? (shape.priority === undefined ? '' : String(shape.priority));
  const [all, perKey] = [limitTexts(limit), limitTexts(limitPerKey)];
  return {
    ...{ name, description, resource, stateMachine, key, priority: priority === '0' ? '' : priority },
    ...all,
    ...{ keyConcurrency: perKey.concurrency, keyRate: perKey.rate, keyBurst: perKey.burst },
  };
}

function limitTexts(limit: LimitSettings | undefined): { concurrency: string; rate: string; burst: string } {
  const { concurrency, rate } = limit ?? {};
  const burst = rate?.burst;
  return {
    concurrency: concurrency === undefined ? '' : String(concurrency),
    rate: rate === undefined ? '' : rateText(rate),
    burst: burst === undefined || burst === rate?.permits ? '' : String(burst),
  };
}

/** The settings that a draft means, and what in it is no number, no rate, or missing; all else the server says. */
export function settingsOf(draft: LimiterDraft): { readonly shape: LimiterShape; readonly problems: DraftProblems } {
  const problems: DraftProblems = {};
  if (draft.name.trim() === '') problems.name = 'A limiter needs a name.';
  const limit = limitOf(draft, ['concurrency', 'rate', 'burst'], problems);
  const limitPerKey = limitOf(draft, ['keyConcurrency', 'keyRate', 'keyBurst'], problems);
  const shape: LimiterShape = {
    ...textOf('description', draft),
    ...textOf('resource', draft),
    ...textOf('stateMachine', draft),
    ...textOf('key', draft),
    ...(limit === null ? {} : { limit }),
    ...(limitPerKey === null ? {} : { limitPerKey }),
    ...priorityOf(draft.priority.trim()),
  };
  return { shape, problems };
}

type TextMember = 'description' | 'resource' | 'stateMachine' | 'key';

function textOf(member: TextMember, draft: LimiterDraft): LimiterShape {
  const text = draft[member].trim();
  return text === '' ? {} : { [member]: text };
}

type LimitFields = readonly [keyof LimiterDraft, keyof LimiterDraft, keyof LimiterDraft];

function limitOf(
  draft: LimiterDraft,
  [concurrencyField, rateField, burstField]: LimitFields,
  problems: DraftProblems,
): LimitSettings | null {
  const [concurrency, burst] = [wholeOf(draft[concurrencyField]), wholeOf(draft[burstField])];
  const rate = rateOf(draft[rateField].trim());
  if (concurrency === null) problems[concurrencyField] = 'A whole number, such as 10.';
  if (rate === null) problems[rateField] = 'So many in a time: 10/s, 100/m, 5/30s.';
  if (burst === null) problems[burstField] = 'A whole number, such as 20.';
  if (burst !== null && burst !== undefined && rate === undefined) problems[burstField] = 'A burst needs a rate.';
  if (concurrency === undefined && rate === undefined) return null;
  return {
    ...(typeof concurrency === 'number' ? { concurrency } : {}),
    ...(rate === undefined || rate === null ? {} : { rate: { ...rate, ...(burst ? { burst } : {}) } }),
  };
}

/** undefined: nothing is written; null: no whole number. */
function wholeOf(text: string): number | null | undefined {
  if (text.trim() === '') return undefined;
  return /^\d{1,9}$/.test(text.trim()) ? Number(text) : null;
}

function rateOf(text: string): Rate | null | undefined {
  if (text === '') return undefined;
  const [, permits, count = '1', unit] = RATE.exec(text) ?? [];
  if (permits === undefined || (unit !== 's' && unit !== 'm' && unit !== 'h' && unit !== 'd')) return null;
  return { permits: Number(permits), seconds: Number(count) * UNITS[unit] };
}

function priorityOf(text: string): LimiterShape {
  if (text === '') return {};
  return /^-?\d+$/.test(text) ? { priority: Number(text) } : { priorityExpression: text };
}
