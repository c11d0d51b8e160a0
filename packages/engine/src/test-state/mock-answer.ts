import { type Json, getOwn, isNumber, isObject, toNumber, utf8Length } from '@everstep/language';
import type { ApiShape } from '../ports/api-models.ts';

/**
 * What is wrong with a mocked answer by its service's model, in AWS's words; null: nothing. The first finding is told.
 * `complete`: all required fields must be there too (STRICT); fields that the model does not know are let pass.
 */
export function mockAnswerProblem(answer: Json, shape: ApiShape, complete: boolean): string | null {
  if (shape.type === 'structure' && !isObject(answer)) return 'Mock result must be an object';
  return problemOf(answer, shape, { field: '', complete });
}

interface Place {
  readonly field: string;
  readonly complete: boolean;
}

function problemOf(value: Json, shape: ApiShape, place: Place): string | null {
  switch (shape.type) {
    case 'string':
      return stringProblem(value, shape, place.field);
    case 'number':
      return numberProblem(value, shape, place.field);
    case 'boolean':
      return typeof value === 'boolean' ? null : `Field '${place.field}' must be a boolean`;
    case 'list':
      return listProblem(value, shape, place);
    case 'map':
      return mapProblem(value, shape, place);
    case 'structure':
      return structureProblem(value, shape, place);
    case 'any':
      return null;
  }
}

function stringProblem(value: Json, shape: ApiShape & { type: 'string' }, field: string): string | null {
  if (typeof value !== 'string') return `Field '${field}' must be a string`;
  const length = utf8Length(value);
  if (shape.values !== undefined && !shape.values.includes(value)) return `Field '${field}' is not an expected value`;
  if (shape.min !== undefined && length < shape.min) return `Field '${field}' is smaller than the minimum length`;
  if (shape.max !== undefined && length > shape.max) return `Field '${field}' exceeds the maximum length`;
  return null;
}

function numberProblem(value: Json, shape: ApiShape & { type: 'number' }, field: string): string | null {
  if (!isNumber(value)) return `Field '${field}' must be a number`;
  const number = toNumber(value);
  if (shape.min !== undefined && number < shape.min) return `Field '${field}' is less than the minimum value`;
  if (shape.max !== undefined && number > shape.max) return `Field '${field}' exceeds the maximum value`;
  return null;
}

function listProblem(value: Json, shape: ApiShape & { type: 'list' }, place: Place): string | null {
  if (!Array.isArray(value)) return `Field '${place.field}' must be an array`;
  if (shape.min !== undefined && value.length < shape.min) {
    return `Field '${place.field}' is smaller than the minimum length`;
  }
  if (shape.max !== undefined && value.length > shape.max) return `Field '${place.field}' exceeds the maximum length`;
  return firstProblem(value, (item) => problemOf(item, shape.member(), place));
}

function mapProblem(value: Json, shape: ApiShape & { type: 'map' }, place: Place): string | null {
  if (!isObject(value)) return `Field '${place.field}' must be an object`;
  return firstProblem(Object.entries(value), ([field, item]) => problemOf(item, shape.value(), { ...place, field }));
}

function structureProblem(value: Json, shape: ApiShape & { type: 'structure' }, place: Place): string | null {
  if (!isObject(value)) return `Field '${place.field}' must be an object`;
  if (place.complete) {
    const missing = shape.required.find((name) => (getOwn(value, name) ?? null) === null);
    if (missing !== undefined) return `Required field '${missing}' is missing`;
  }
  return firstProblem(Object.entries(value), ([field, member]) => {
    const known = shape.members.get(field);
    return known === undefined || member === null ? null : problemOf(member, known(), { ...place, field });
  });
}

function firstProblem<T>(items: readonly T[], look: (item: T) => string | null): string | null {
  for (const item of items) {
    const problem = look(item);
    if (problem !== null) return problem;
  }
  return null;
}
