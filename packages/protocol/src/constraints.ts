import { ApiError } from './errors.ts';

/**
 * The shapes of requests and AWS's validation of them. A wrong JSON type ends decoding at once (SerializationException),
 * as in AWS's deserialiser; violated constraints are collected over the whole request and told together
 * (ValidationException). Members that are not named are ignored, nulls count as absent.
 */
export interface Shape<T> {
  /** Reads a value that may be absent. Never throws anything but SerializationException. */
  read(value: unknown, path: string, violations: string[]): T;
}

/** Reads one member of a structure. */
export type MemberReader = <T>(name: string, shape: Shape<T>) => T;

export interface StringConstraints {
  readonly min?: number;
  readonly max?: number;
  /** As AWS's model writes it, with the expression that decides. */
  readonly pattern?: { readonly text: string; readonly expression: RegExp };
  /** Sensitive values are left out of the messages. */
  readonly sensitive?: boolean;
}

/** A string that may be absent. */
export function string(constraints: StringConstraints = {}): Shape<string | undefined> {
  return {
    read(value, path, violations) {
      if (isAbsent(value)) return undefined;
      if (typeof value !== 'string') throw wrongType(value, 'String');
      const violation = (constraint: string) =>
        violations.push(violationText(constraints.sensitive === true ? null : value, path, constraint));
      const { min, max, pattern } = constraints;
      if (max !== undefined && value.length > max) violation(`Member must have length less than or equal to ${max}`);
      if (min !== undefined && value.length < min) violation(`Member must have length greater than or equal to ${min}`);
      if (pattern !== undefined && !pattern.expression.test(value)) {
        violation(`Member must satisfy regular expression pattern: ${pattern.text}`);
      }
      return value;
    },
  };
}

/** One of AWS's words, in the order in which AWS's message names them. */
export function oneOf<Word extends string>(words: readonly Word[]): Shape<Word | undefined> {
  return {
    read(value, path, violations) {
      if (isAbsent(value)) return undefined;
      if (typeof value !== 'string') throw wrongType(value, 'String');
      const word = words.find((candidate) => candidate === value);
      if (word === undefined) {
        violations.push(violationText(value, path, `Member must satisfy enum value set: [${words.join(', ')}]`));
      }
      return word;
    },
  };
}

export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
}

export function integer(range: NumberRange = {}): Shape<number | undefined> {
  const any = number(range, 'Integer');
  return {
    read(value, path, violations) {
      if (typeof value === 'number' && !Number.isInteger(value)) {
        throw new ApiError('SerializationException', 'DECIMAL_VALUE cannot be converted to Integer');
      }
      return any.read(value, path, violations);
    },
  };
}

export function number(range: NumberRange = {}, target: 'Integer' | 'Float' = 'Float'): Shape<number | undefined> {
  return {
    read(value, path, violations) {
      if (isAbsent(value)) return undefined;
      if (typeof value !== 'number') throw wrongType(value, target);
      const violation = (constraint: string) => violations.push(violationText(value, path, constraint));
      if (range.max !== undefined && value > range.max) {
        violation(`Member must have value less than or equal to ${range.max}`);
      }
      if (range.min !== undefined && value < range.min) {
        violation(`Member must have value greater than or equal to ${range.min}`);
      }
      return value;
    },
  };
}

export function boolean(): Shape<boolean | undefined> {
  return {
    read(value) {
      if (isAbsent(value)) return undefined;
      if (typeof value !== 'boolean') throw wrongType(value, 'Boolean');
      return value;
    },
  };
}

export interface ListConstraints {
  readonly min?: number;
  readonly max?: number;
}

export function list<T>(member: Shape<T | undefined>, constraints: ListConstraints = {}): Shape<T[] | undefined> {
  return {
    read(value, path, violations) {
      if (isAbsent(value)) return undefined;
      if (!Array.isArray(value)) throw wrongType(value, 'List');
      const { min, max } = constraints;
      const violation = (constraint: string) => violations.push(violationText(JSON.stringify(value), path, constraint));
      if (max !== undefined && value.length > max) violation(`Member must have length less than or equal to ${max}`);
      if (min !== undefined && value.length < min) violation(`Member must have length greater than or equal to ${min}`);
      const items: T[] = [];
      for (const [index, item] of value.entries()) {
        // AWS counts list members from 1.
        const read = member.read(item, `${path}.${index + 1}.member`, violations);
        if (read !== undefined) items.push(read);
      }
      return items;
    },
  };
}

export function structure<T>(read: (member: MemberReader) => T): Shape<T | undefined> {
  return {
    read(value, path, violations) {
      if (isAbsent(value)) return undefined;
      if (!isMembers(value)) throw wrongType(value, 'Structure');
      return readMembers(value, path, violations, read);
    },
  };
}

/**
 * A member that must be there. Where it is not, decoding goes on with `stand` so that the other violations are found
 * too; the value never leaves {@link decodeRequest}, which throws.
 */
export function required<T>(shape: Shape<T | undefined>, stand: T): Shape<T> {
  return {
    read(value, path, violations) {
      const violationsBefore = violations.length;
      const read = shape.read(value, path, violations);
      if (read !== undefined) return read;
      // A value that is there but wrong has told so itself.
      if (violations.length === violationsBefore) {
        violations.push(violationText(undefined, path, 'Member must not be null'));
      }
      return stand;
    },
  };
}

/** Decodes the parsed body of a request. Errors: SerializationException, ValidationException. */
export function decodeRequest<T>(body: unknown, read: (member: MemberReader) => T): T {
  if (!isMembers(body)) throw wrongType(body, 'Structure');
  const violations: string[] = [];
  const request = readMembers(body, '', violations, read);
  if (violations.length === 0) return request;
  const count = violations.length === 1 ? '1 validation error' : `${violations.length} validation errors`;
  throw new ApiError('ValidationException', `${count} detected: ${violations.join('; ')}`);
}

type Members = Readonly<Record<string, unknown>>;

function readMembers<T>(value: Members, path: string, violations: string[], read: (member: MemberReader) => T): T {
  return read((name, shape) => {
    // Only what the sender wrote: `__proto__` and its like are no members of a request.
    const member = Object.hasOwn(value, name) ? value[name] : undefined;
    return shape.read(member, path === '' ? name : `${path}.${name}`, violations);
  });
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

/** `value`: undefined where there is none, null where it must not be shown. */
function violationText(value: string | number | null | undefined, path: string, constraint: string): string {
  const shown = value === undefined ? 'Value null' : value === null ? 'Value' : `Value '${value}'`;
  return `${shown} at '${path}' failed to satisfy constraint: ${constraint}`;
}

type Target = 'String' | 'Integer' | 'Float' | 'Boolean' | 'List' | 'Structure';

function wrongType(value: unknown, target: Target): ApiError {
  if (Array.isArray(value)) return new ApiError('SerializationException', 'Start of list found where not expected');
  if (typeof value === 'object' && value !== null) {
    return new ApiError('SerializationException', 'Start of structure or map found where not expected.');
  }
  if (target === 'List' || target === 'Structure') {
    return new ApiError('SerializationException', 'Unexpected field type');
  }
  return new ApiError('SerializationException', `${tokenName(value)} cannot be converted to ${target}`);
}

function tokenName(value: unknown): string {
  if (typeof value === 'string') return 'STRING_VALUE';
  if (typeof value === 'boolean') return value ? 'TRUE_VALUE' : 'FALSE_VALUE';
  return 'NUMBER_VALUE';
}
