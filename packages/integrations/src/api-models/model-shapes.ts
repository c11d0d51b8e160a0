import type { ApiShape } from '@everstep/engine';
import { stepFunctionsName } from './names.ts';

type Members = Readonly<Record<string, unknown>>;

/** The answer of an operation by one of AWS's API model files; null: it has none. */
export function modelAnswer(model: unknown, operation: string): ApiShape | null {
  const described = member(member(model, 'operations'), stepFunctionsName(operation));
  const name = member(member(described, 'output'), 'shape');
  return typeof name === 'string' ? shapeOf(model, name) : null;
}

function shapeOf(model: unknown, name: string): ApiShape {
  const shape = member(member(model, 'shapes'), name);
  switch (member(shape, 'type')) {
    case 'string':
      return { type: 'string', ...words(shape), ...range(shape) };
    case 'blob':
      return { type: 'string', ...range(shape) };
    case 'timestamp':
      return { type: 'string' };
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
      return { type: 'number', ...range(shape) };
    case 'boolean':
      return { type: 'boolean' };
    case 'list':
      return { type: 'list', member: () => referred(model, member(shape, 'member')), ...range(shape) };
    case 'map':
      return { type: 'map', value: () => referred(model, member(shape, 'value')) };
    case 'structure':
      return structure(model, shape);
    default:
      return { type: 'any' };
  }
}

function structure(model: unknown, shape: unknown): ApiShape {
  const described = member(shape, 'members');
  const members = Object.entries(isMembers(described) ? described : {});
  const required = member(shape, 'required');
  return {
    type: 'structure',
    members: new Map(members.map(([name, reference]) => [stepFunctionsName(name), () => referred(model, reference)])),
    required: (Array.isArray(required) ? required : []).map((name) => stepFunctionsName(String(name))),
  };
}

function referred(model: unknown, reference: unknown): ApiShape {
  const name = member(reference, 'shape');
  return typeof name === 'string' ? shapeOf(model, name) : { type: 'any' };
}

function words(shape: unknown): { values?: readonly string[] } {
  const values = member(shape, 'enum');
  return Array.isArray(values) ? { values: values.map(String) } : {};
}

function range(shape: unknown): { min?: number; max?: number } {
  const [min, max] = [member(shape, 'min'), member(shape, 'max')];
  return { ...(typeof min === 'number' ? { min } : {}), ...(typeof max === 'number' ? { max } : {}) };
}

function member(value: unknown, name: string): unknown {
  return isMembers(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
