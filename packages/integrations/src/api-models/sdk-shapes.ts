import type { ApiShape } from '@everstep/engine';
import { type SdkSchema, type SdkStructure, operationSchema } from '../aws-sdk/sdk-schema.ts';
import { stepFunctionsName } from './names.ts';
import type { SdkClient } from './sdk-client.ts';

/** The answer of an operation by an installed client's schemas; null: it has none. */
export function sdkAnswer(client: SdkClient, operation: string): ApiShape | null {
  const schema = operationSchema(client.exported, stepFunctionsName(operation));
  return schema === null ? null : shapeOf(client, schema.output);
}

/** `declared`: the type that the client's declarations give it. */
function shapeOf(client: SdkClient, schema: SdkSchema, declared?: string): ApiShape {
  switch (schema.type) {
    case 'list':
      return { type: 'list', member: () => shapeOf(client, schema.member(), elementOf(declared)) };
    case 'map':
      return { type: 'map', value: () => shapeOf(client, schema.value()) };
    case 'structure':
      return structure(client, schema);
    case 'number':
    case 'bigint':
      return { type: 'number' };
    case 'boolean':
      return { type: 'boolean' };
    case 'document':
      return { type: 'any' };
    default: {
      // Strings; timestamps and blobs are strings in a state machine.
      const values = declared === undefined ? null : wordsOf(client.exported[declared]);
      return values === null ? { type: 'string' } : { type: 'string', values };
    }
  }
}

function structure(client: SdkClient, schema: SdkStructure): ApiShape {
  const members = new Map<string, () => ApiShape>();
  const required: string[] = [];
  const types = client.memberTypes.get(schema.name);
  for (const member of schema.members.values()) {
    const name = stepFunctionsName(member.name);
    members.set(name, () => shapeOf(client, member.schema(), types?.get(member.name)));
    if (member.required) required.push(name);
  }
  return { type: 'structure', members, required };
}

function elementOf(declared: string | undefined): string | undefined {
  return declared?.endsWith('[]') === true ? declared.slice(0, -2) : undefined;
}

/** The words of an enumeration, which the SDK exports as an object of them. */
function wordsOf(exported: unknown): readonly string[] | null {
  if (typeof exported !== 'object' || exported === null || Array.isArray(exported)) return null;
  const words: unknown[] = Object.values(exported);
  const strings = words.filter((word) => typeof word === 'string');
  return strings.length > 0 && strings.length === words.length ? strings : null;
}
