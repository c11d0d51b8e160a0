import type { Expression } from '../data/expression.ts';
import { isObject } from '../json.ts';
import { type DistributedFields, INLINE_FIELDS, isDistributed, readDistributed } from './distributed-map.ts';
import type { FieldTable, Fields } from './fields.ts';
import { EMPTY_GRAPH } from './graph-checks.ts';
import { readErrorHandling } from './retry-catch.ts';
import {
  COMMON_FIELDS,
  ERROR_HANDLING_FIELDS,
  INPUT_OUTPUT_FIELDS,
  NEXT_FIELDS,
  WHOLE_INPUT,
  readAssign,
  readCommon,
  readExpression,
  readInputOutput,
  readInteger,
  readNext,
  readNumber,
  readPath,
  readPayload,
  readPayloadObject,
  readResultPath,
  statesFieldsOf,
} from './state-fields.ts';
import type { StateContext } from './state-fields.ts';
import type { MapState, StateGraph } from './state-machine.ts';

const FIELDS: FieldTable = {
  ...COMMON_FIELDS,
  ...NEXT_FIELDS,
  ...INPUT_OUTPUT_FIELDS,
  ...ERROR_HANDLING_FIELDS,
  Assign: 'both',
  Parameters: 'JSONPath',
  ResultSelector: 'JSONPath',
  ResultPath: 'JSONPath',
  ItemProcessor: 'both',
  Iterator: 'both',
  Items: 'JSONata',
  ItemsPath: 'JSONPath',
  ItemSelector: 'both',
  MaxConcurrency: 'both',
  MaxConcurrencyPath: 'JSONPath',
  ItemReader: 'both',
  ItemBatcher: 'both',
  ResultWriter: 'both',
  ToleratedFailureCount: 'both',
  ToleratedFailureCountPath: 'JSONPath',
  ToleratedFailurePercentage: 'both',
  ToleratedFailurePercentagePath: 'JSONPath',
  Label: 'both',
};

const PROCESSOR_FIELDS: FieldTable = { Comment: 'both', StartAt: 'both', States: 'both', ProcessorConfig: 'both' };

export function parseMap(fields: Fields, context: StateContext): MapState {
  fields.expectOnly(FIELDS, context.compiler.queryLanguage);
  const isJsonPath = context.compiler.queryLanguage === 'JSONPath';
  fields.oneOf(['ItemSelector', 'Parameters'], false);
  const itemSelector = readPayloadObject(fields, context, 'ItemSelector');
  return {
    ...readCommon(fields, context),
    ...readInputOutput(fields, context, statesFieldsOf('Map')),
    ...readErrorHandling(fields, context),
    ...readProcessor(fields, context),
    type: 'Map',
    next: readNext(fields),
    assign: readAssign(fields, context, statesFieldsOf('Map')),
    parameters: null,
    resultSelector: isJsonPath ? readPayloadObject(fields, context, 'ResultSelector') : null,
    resultPath: readResultPath(fields, context),
    items: readItems(fields, context),
    itemSelector: itemSelector ?? (isJsonPath ? readPayloadObject(fields, context, 'Parameters') : null),
    maxConcurrency: readInteger(fields, context, 'MaxConcurrency', { minimum: 0 }),
    toleratedFailureCount: readInteger(fields, context, 'ToleratedFailureCount', { minimum: 0 }),
    toleratedFailurePercentage: readNumber(fields, context, 'ToleratedFailurePercentage', { minimum: 0, maximum: 100 }),
  };
}

function readItems(fields: Fields, context: StateContext): Expression {
  const isJsonata = context.compiler.queryLanguage === 'JSONata';
  const items = isJsonata ? readJsonataItems(fields, context) : readPath(fields, context, 'ItemsPath');
  return items ?? WHOLE_INPUT;
}

/** An array, whose elements may be expressions, or an expression that gives one. */
function readJsonataItems(fields: Fields, context: StateContext): Expression | null {
  const value = fields.get('Items');
  if (value === undefined) return null;
  const isExpression = context.compiler.isExpression(value);
  // A Distributed Map runs over the members of an object, too.
  if (isDistributed(fields) && (isExpression || isObject(value))) return readPayload(fields, context, 'Items');
  if (isExpression) return readExpression(fields, context, 'Items', value, 'array');
  if (Array.isArray(value)) return readPayload(fields, context, 'Items');
  fields.report('Expected value of type Array', fields.at('Items'));
  return null;
}

function readProcessor(fields: Fields, context: StateContext): { processor: StateGraph } & DistributedFields {
  const name = fields.oneOf(['ItemProcessor', 'Iterator'], true);
  const processor = name === null ? null : fields.child(name);
  if (processor === null) return { processor: EMPTY_GRAPH, ...INLINE_FIELDS };
  processor.expectOnly(PROCESSOR_FIELDS, context.compiler.queryLanguage);
  const distributed = readDistributed(fields, processor, context);
  // What Express executions cannot do, Express children cannot do.
  const graph = distributed.executionType === 'EXPRESS' ? processor.asExpress() : processor;
  return { processor: context.parseGraph(graph, distributed.mode === 'DISTRIBUTED'), ...distributed };
}
