import { ApiError } from '@everstep/protocol';

const JSON_TYPES: ReadonlySet<string> = new Set([
  'application/x-amz-json-1.0',
  'application/x-amz-json-1.1',
  'application/json',
]);

/** One for all bodies: making it takes longer than what it does. */
const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/**
 * The parsed body of a request; an empty one is `{}`, as several clients send nothing for operations without members.
 * Errors: SerializationException.
 */
export function parseBody(contentType: string | undefined, body: Buffer): unknown {
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType !== undefined && !JSON_TYPES.has(mediaType)) {
    throw new ApiError('SerializationException', `Content-Type must be application/x-amz-json-1.0, not '${mediaType}'`);
  }
  if (body.length === 0) return {};
  try {
    return JSON.parse(UTF_8.decode(body));
  } catch (error) {
    // The parser's own message quotes the body, which may hold secrets.
    if (error instanceof SyntaxError || error instanceof TypeError) {
      throw new ApiError('SerializationException', 'The request body is not valid JSON in UTF-8.');
    }
    throw error;
  }
}
