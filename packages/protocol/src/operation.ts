import { type MemberReader, decodeRequest } from './constraints.ts';

/** One operation of the wire: its name, how its request is decoded and how its answer is written. */
export interface Operation<Input, Output> {
  readonly name: string;
  /** Takes the parsed body. Errors: SerializationException, ValidationException, and the operation's own for its members. */
  decode(body: unknown): Input;
  /** JSON text. Members that are undefined are left out. */
  encode(output: Output): string;
}

export interface OperationDefinition<Input> {
  readonly name: string;
  readonly members: (member: MemberReader) => Input;
  /** What AWS checks once the shape is right: ARNs, names, and members that exclude each other. */
  readonly check?: (input: Input) => void;
}

export function defineOperation<Input, Output>(definition: OperationDefinition<Input>): Operation<Input, Output> {
  return {
    name: definition.name,
    decode(body) {
      const input = decodeRequest(body, definition.members);
      definition.check?.(input);
      return input;
    },
    encode: (output) => JSON.stringify(output),
  };
}

/** The answer of operations that answer nothing. */
export type EmptyOutput = Readonly<Record<never, never>>;
