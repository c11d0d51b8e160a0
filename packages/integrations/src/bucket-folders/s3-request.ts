import { memberOf, textOf } from '../unknown-member.ts';
import type { ObjectFacts } from './folder-objects.ts';
import { S3Failure, invalidArgument, notImplemented } from './s3-failure.ts';

/** A request as the SDK's client of S3 sends it, with the bucket in the path. */
export interface S3Request {
  readonly method: string;
  /** '': it is about no bucket. */
  readonly bucket: string;
  /** '': it is about no object. */
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  /** By names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

/** Throws {@link S3Failure}. */
export function readRequest(request: unknown): S3Request {
  const path = (textOf(request, 'path') ?? '/').slice(1);
  const slash = path.includes('/') ? path.indexOf('/') : path.length;
  return {
    method: textOf(request, 'method') ?? 'GET',
    bucket: decode(path.slice(0, slash)),
    key: decode(path.slice(slash + 1)),
    query: textsOf(memberOf(request, 'query')),
    headers: textsOf(memberOf(request, 'headers')),
    body: readBody(memberOf(request, 'body')),
  };
}

function textsOf(members: unknown): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [name, value] of Object.entries(members ?? {})) {
    if (typeof value === 'string') texts.set(name === name.toUpperCase() ? name : lowerHeader(name), value);
    else if (value === null) texts.set(name, '');
  }
  return texts;
}

/** Headers are `x-amz-…` or `Content-…`; parameters such as `uploadId` keep their capitals. */
function lowerHeader(name: string): string {
  return name.includes('-') ? name.toLowerCase() : name;
}

function readBody(body: unknown): Uint8Array {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return body;
  throw notImplemented();
}

export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Failure('InvalidURI', 400, "Couldn't parse the specified URI.");
  }
}

/** What asks for nothing but the object or the bucket itself; tags, access lists and the like are not there. */
export function isPlain(query: ReadonlyMap<string, string>): boolean {
  return [...query.keys()].every((name) => name === 'x-id' || name === 'versionId' || name.startsWith('response-'));
}

export function requireNoVersion(query: ReadonlyMap<string, string>): void {
  if ((query.get('versionId') ?? 'null') !== 'null') throw noSuchVersion();
}

export function noSuchVersion(): S3Failure {
  return new S3Failure('NoSuchVersion', 404, 'The specified version does not exist.');
}

export function wholeNumber(text: string, name: string): number {
  if (!/^\d{1,9}$/.test(text)) throw invalidArgument(`Provided ${name} not an integer or within integer range`);
  return Number(text);
}

/** null: the whole object. `end` is behind the last byte. */
export function readRange(header: string | undefined, size: number): { start: number; end: number } | null {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === undefined || to === undefined || (from === '' && to === '')) return null;
  const start = from === '' ? Math.max(size - Number(to), 0) : Number(from);
  const end = from === '' || to === '' ? size : Math.min(Number(to) + 1, size);
  if (start < end) return { start, end };
  throw new S3Failure('InvalidRange', 416, 'The requested range is not satisfiable');
}

/** The conditions under which a reader wants an object. */
export function requireMatch(headers: ReadonlyMap<string, string>, { etag, lastModified }: ObjectFacts): void {
  const wanted = headers.get('if-match');
  const known = headers.get('if-none-match');
  const modified = Math.floor(lastModified.getTime() / 1_000);
  const since = seconds(headers.get('if-modified-since'));
  const unmodified = seconds(headers.get('if-unmodified-since'));
  const fails = wanted === undefined ? unmodified !== null && modified > unmodified : !isAmong(etag, wanted);
  if (fails) {
    throw new S3Failure('PreconditionFailed', 412, 'At least one of the pre-conditions you specified did not hold');
  }
  if (known === undefined ? since !== null && modified <= since : isAmong(etag, known)) {
    throw new S3Failure('NotModified', 304, 'Not Modified');
  }
}

function isAmong(etag: string, header: string): boolean {
  const plain = (text: string): string => text.trim().replaceAll('"', '');
  return header.split(',').some((one) => plain(one) === '*' || plain(one) === plain(etag));
}

function seconds(date: string | undefined): number | null {
  const time = Date.parse(date ?? '');
  return Number.isNaN(time) ? null : Math.floor(time / 1_000);
}
