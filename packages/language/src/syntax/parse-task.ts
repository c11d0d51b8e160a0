import type { Expression } from '../data/expression.ts';
import { type Json, isObject } from '../json.ts';
import type { FieldTable, Fields } from './fields.ts';
import { ownOperation, parameterProblems } from './own-integrations.ts';
import { parseResource } from './resource.ts';
import { readErrorHandling } from './retry-catch.ts';
import {
  COMMON_FIELDS,
  ERROR_HANDLING_FIELDS,
  INPUT_OUTPUT_FIELDS,
  NEXT_FIELDS,
  RESULT_FIELDS,
  SECONDS_RANGE,
  readAssign,
  readCommon,
  readInputOutput,
  readInteger,
  readNext,
  readPayloadObject,
  readResultFields,
  statesFieldsOf,
} from './state-fields.ts';
import type { StateContext } from './state-fields.ts';
import type { TaskResource, TaskState } from './state-machine.ts';

const FIELDS: FieldTable = {
  ...COMMON_FIELDS,
  ...NEXT_FIELDS,
  ...INPUT_OUTPUT_FIELDS,
  ...RESULT_FIELDS,
  ...ERROR_HANDLING_FIELDS,
  Assign: 'both',
  Resource: 'both',
  Credentials: 'both',
  TimeoutSeconds: 'both',
  HeartbeatSeconds: 'both',
  TimeoutSecondsPath: 'JSONPath',
  HeartbeatSecondsPath: 'JSONPath',
};

export function parseTask(fields: Fields, context: StateContext): TaskState {
  fields.expectOnly(FIELDS, context.compiler.queryLanguage);
  fields.require('Resource');
  const resource = readResource(fields);
  checkOwnParameters(fields, context, resource);
  return {
    ...readCommon(fields, context),
    ...readInputOutput(fields, context, statesFieldsOf('Task')),
    ...readResultFields(fields, context),
    ...readErrorHandling(fields, context),
    type: 'Task',
    next: readNext(fields),
    assign: readAssign(fields, context, statesFieldsOf('Task')),
    resource,
    ...readTimes(fields, context),
    credentials: readCredentials(fields, context, resource),
  };
}

const NO_RESOURCE: TaskResource = {
  arn: '',
  kind: 'integration',
  service: '',
  action: '',
  operation: '',
  pattern: 'requestResponse',
  syncVersion: 1,
};

function readResource(fields: Fields): TaskResource {
  const arn = fields.string('Resource');
  if (arn === null) return NO_RESOURCE;
  if (!arn.startsWith('arn:')) {
    fields.report('Value is not a valid resource ARN', fields.at('Resource'));
    return NO_RESOURCE;
  }
  const resource = parseResource(arn);
  if (resource === null) {
    fields.report(
      `The resource provided ${arn} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region.`,
      fields.at('Resource'),
    );
    return NO_RESOURCE;
  }
  if (fields.walk.type === 'EXPRESS') checkExpress(fields, resource);
  return resource;
}

/** An Express workflow cannot wait for anything but an answer. The texts are AWS's, the first one's last blank too. */
function checkExpress(fields: Fields, resource: TaskResource): void {
  const location = fields.at('Resource');
  if (resource.pattern === 'waitForTaskToken') {
    fields.report("Express state machine does not support '.waitForTaskToken' service integration ", location);
  } else if (resource.pattern === 'sync') {
    fields.report("Express state machine does not support '.sync' service integration", location);
  } else if (resource.kind === 'activity') {
    fields.report('Express state machine does not support Activity ARN', location);
  }
}

/** What the definition shows of the parameters of this installation's own services; the rest is seen when it runs. */
function checkOwnParameters(fields: Fields, context: StateContext, resource: TaskResource): void {
  const operation = ownOperation(resource.service, resource.operation);
  if (operation === null) return;
  const isJsonPath = context.compiler.queryLanguage === 'JSONPath';
  const name = isJsonPath ? 'Parameters' : 'Arguments';
  const given = fields.get(name);
  // The state's own input, or one expression.
  if (given === undefined || !isObject(given)) return;
  const isOpen = (field: string, value: Json): boolean =>
    isJsonPath ? field.endsWith('.$') : typeof value === 'string' && value.startsWith('{%');
  for (const { field, message } of parameterProblems(operation, given, isOpen)) {
    fields.report(message, field === null ? fields.at(name) : `${fields.at(name)}/${field}`);
  }
}

function readTimes(
  fields: Fields,
  context: StateContext,
): { timeoutSeconds: Expression | null; heartbeatSeconds: Expression | null } {
  const timeoutSeconds = readInteger(fields, context, 'TimeoutSeconds', SECONDS_RANGE);
  const heartbeatSeconds = readInteger(fields, context, 'HeartbeatSeconds', SECONDS_RANGE);
  const [timeout, heartbeat] = [fields.get('TimeoutSeconds'), fields.get('HeartbeatSeconds')];
  if (typeof timeout === 'number' && typeof heartbeat === 'number' && heartbeat >= timeout) {
    fields.report('HeartbeatSeconds must be smaller than TimeoutSeconds', fields.at('HeartbeatSeconds'));
  }
  return { timeoutSeconds, heartbeatSeconds };
}

function readCredentials(fields: Fields, context: StateContext, resource: TaskResource): Expression | null {
  const credentials = fields.child('Credentials');
  if (credentials === null) return null;
  if (resource.kind === 'activity') {
    fields.report("The field 'Credentials' is not supported for activities");
    return null;
  }
  const isJsonPath = context.compiler.queryLanguage === 'JSONPath';
  credentials.expectOnly({ RoleArn: 'both', 'RoleArn.$': 'JSONPath' }, context.compiler.queryLanguage);
  if (!credentials.has('RoleArn') && !(isJsonPath && credentials.has('RoleArn.$'))) {
    credentials.report("The field 'RoleArn' is required but was missing");
  }
  return readPayloadObject(fields, context, 'Credentials');
}
