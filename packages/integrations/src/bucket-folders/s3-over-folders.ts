import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { RequestHandler } from '../aws-sdk/in-process-handler.ts';
import { textOf } from '../unknown-member.ts';
import { codeOf, fileFailure } from './file-errors.ts';
import { FolderListing, type ListRequest } from './folder-listing.ts';
import { FolderObjects, type FoundObject } from './folder-objects.ts';
import { FolderUploads, type UploadPlace } from './folder-uploads.ts';
import { bucketPath, isMissing, requireBucketName } from './object-path.ts';
import { S3Failure, noSuchKey, notImplemented } from './s3-failure.ts';
import {
  type S3Request,
  decode,
  isPlain,
  noSuchVersion,
  readRange,
  readRequest,
  requireMatch,
  requireNoVersion,
  wholeNumber,
} from './s3-request.ts';
import { answerXml, bucketsXml, deletedXml, elements, errorXml, listXml, xmlText } from './s3-xml.ts';

export interface BucketFoldersOptions {
  /** The folder whose folders are the buckets. */
  readonly root: string;
  /** Whose they are: what ExpectedBucketOwner is compared with. */
  readonly accountId: string;
}

interface S3Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** XML, or an object's content. */
  readonly body?: string | Readable;
}

/** S3's own limit of a page. */
const MOST_KEYS = 1_000;

/**
 * Lets the SDK's client of S3 work on folders, as if they were buckets: what S3's REST API answers for the usual
 * operations on objects, from files. Metadata and content types are not kept, and there are no versions.
 */
export function createS3OverFolders(options: BucketFoldersOptions): RequestHandler {
  const api = new S3OverFolders(options);
  return {
    async handle(request) {
      const requestId = randomBytes(8).toString('hex').toUpperCase();
      const answer = await api.answer(request, requestId);
      const headers = { 'x-amz-request-id': requestId, 'x-amz-id-2': randomBytes(24).toString('base64') };
      const { status, body = '' } = answer;
      return {
        response: {
          statusCode: status,
          headers: { ...headers, ...answer.headers },
          body: typeof body === 'string' ? Readable.from(body === '' ? [] : [Buffer.from(body)]) : body,
        },
      };
    },
    destroy() {},
  };
}

class S3OverFolders {
  readonly #options: BucketFoldersOptions;
  readonly #objects: FolderObjects;
  readonly #uploads: FolderUploads;
  readonly #listing: FolderListing;

  constructor(options: BucketFoldersOptions) {
    this.#options = options;
    this.#objects = new FolderObjects(options.root);
    this.#uploads = new FolderUploads(this.#objects);
    this.#listing = new FolderListing(options.root);
  }

  async answer(given: unknown, requestId: string): Promise<S3Answer> {
    const isHead = textOf(given, 'method') === 'HEAD';
    try {
      const request = readRequest(given);
      const owner = request.headers.get('x-amz-expected-bucket-owner') ?? this.#options.accountId;
      if (owner !== this.#options.accountId) throw new S3Failure('AccessDenied', 403, 'Access Denied');
      return await this.#route(request);
    } catch (error) {
      const failure = error instanceof S3Failure ? error : fileFailure(error);
      const headers = { 'content-type': 'application/xml' };
      if (isHead || failure.status === 304) return { status: failure.status, headers };
      return { status: failure.status, headers, body: errorXml(failure, requestId) };
    }
  }

  #route(request: S3Request): Promise<S3Answer> {
    const { method, bucket, key, query } = request;
    if (bucket === '') {
      if (method === 'GET') return this.#listBuckets();
    } else if (key === '') {
      if (method === 'GET' && query.get('list-type') === '2') return this.#list(request);
      if (method === 'POST' && query.has('delete')) return this.#deleteAll(request);
      if (isPlain(query)) return this.#bucket(method, bucket);
    } else if (query.has('uploads') || query.has('uploadId')) {
      return this.#upload(request);
    } else if (isPlain(query)) {
      if (method === 'GET' || method === 'HEAD') return this.#read(request);
      if (method === 'PUT') return this.#write(request);
      if (method === 'DELETE') return this.#delete(request);
    }
    throw notImplemented();
  }

  async #listBuckets(): Promise<S3Answer> {
    const { root, accountId } = this.#options;
    const names = await readdir(root).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    const buckets: { name: string; createdAt: Date }[] = [];
    for (const name of names.sort((a, b) => (a < b ? -1 : 1))) {
      const path = await bucketPath(root, name).catch(() => null);
      if (path !== null) buckets.push({ name, createdAt: (await stat(path)).birthtime });
    }
    return xmlAnswer(bucketsXml(buckets, accountId));
  }

  async #bucket(method: string, bucket: string): Promise<S3Answer> {
    if (method === 'HEAD') {
      await bucketPath(this.#options.root, bucket);
      return { status: 200 };
    }
    if (method === 'PUT') {
      requireBucketName(bucket);
      await mkdir(join(this.#options.root, bucket), { recursive: true });
      return { status: 200, headers: { location: `/${bucket}` } };
    }
    if (method === 'DELETE') {
      await rmdir(await bucketPath(this.#options.root, bucket)).catch((error: unknown) => {
        if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error;
        throw new S3Failure('BucketNotEmpty', 409, 'The bucket you tried to delete is not empty');
      });
      return { status: 204 };
    }
    throw notImplemented();
  }

  async #list({ bucket, query }: S3Request): Promise<S3Answer> {
    const given = query.get('continuation-token') ?? '';
    const request: ListRequest = {
      bucket,
      prefix: query.get('prefix') ?? '',
      delimiter: query.get('delimiter') ?? '',
      maxKeys: Math.min(wholeNumber(query.get('max-keys') ?? String(MOST_KEYS), 'max-keys'), MOST_KEYS),
      after: given === '' ? (query.get('start-after') ?? '') : Buffer.from(given, 'base64url').toString(),
    };
    const page = await this.#listing.list(request);
    const next = page.last === null ? null : Buffer.from(page.last).toString('base64url');
    return xmlAnswer(listXml(request, page, { given, next }));
  }

  async #read({ method, bucket, key, query, headers }: S3Request): Promise<S3Answer> {
    requireNoVersion(query);
    const found = await this.#objects.find(bucket, key);
    if (found === null) throw noSuchKey();
    requireMatch(headers, found);
    const range = readRange(headers.get('range'), found.size);
    const { start, end } = range ?? { start: 0, end: found.size };
    return {
      status: range === null ? 200 : 206,
      headers: {
        ...objectHeaders(found),
        'content-length': String(end - start),
        ...(range === null ? {} : { 'content-range': `bytes ${start}-${end - 1}/${found.size}` }),
      },
      ...(method === 'HEAD' ? {} : { body: await this.#objects.read(found, start, end) }),
    };
  }

  async #write({ bucket, key, headers, body }: S3Request): Promise<S3Answer> {
    const source = headers.get('x-amz-copy-source');
    if (source !== undefined) {
      const facts = await this.#objects.copy(await this.#copySource(source), bucket, key);
      const members = { LastModified: facts.lastModified.toISOString(), ETag: facts.etag };
      return xmlAnswer(answerXml('CopyObjectResult', members));
    }
    const facts = await this.#objects.write(bucket, key, body, headers.get('if-none-match') === '*');
    return { status: 200, headers: { etag: facts.etag } };
  }

  async #copySource(source: string): Promise<FoundObject> {
    const [path = '', version] = source.replace(/^\//, '').split('?versionId=');
    const [bucket = '', ...key] = decode(path).split('/');
    if (version !== undefined && version !== 'null') throw noSuchVersion();
    const found = await this.#objects.find(bucket, key.join('/'));
    if (found === null) throw noSuchKey();
    return found;
  }

  async #delete({ bucket, key, query }: S3Request): Promise<S3Answer> {
    requireNoVersion(query);
    await this.#objects.delete(bucket, key);
    return { status: 204 };
  }

  async #deleteAll({ bucket, body }: S3Request): Promise<S3Answer> {
    const keys = elements(Buffer.from(body).toString(), 'Key').map(xmlText);
    if (keys.length > MOST_KEYS) throw new S3Failure('MalformedXML', 400, 'The XML you provided was not well-formed');
    for (const key of keys) await this.#objects.delete(bucket, key);
    return xmlAnswer(deletedXml(keys));
  }

  async #upload({ method, bucket, key, query, body }: S3Request): Promise<S3Answer> {
    const place: UploadPlace = { bucket, key, uploadId: query.get('uploadId') ?? '' };
    if (method === 'POST' && query.has('uploads')) {
      const uploadId = await this.#uploads.begin(bucket, key);
      return xmlAnswer(answerXml('InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: uploadId }));
    }
    if (method === 'PUT') {
      const partNumber = wholeNumber(query.get('partNumber') ?? '', 'partNumber');
      return { status: 200, headers: { etag: await this.#uploads.writePart(place, partNumber, body) } };
    }
    if (method === 'POST') {
      const parts = elements(Buffer.from(body).toString(), 'Part').map((part) => ({
        partNumber: wholeNumber(elements(part, 'PartNumber')[0] ?? '', 'PartNumber'),
        etag: xmlText(elements(part, 'ETag')[0] ?? ''),
      }));
      const { etag } = await this.#uploads.complete(place, parts);
      return xmlAnswer(answerXml('CompleteMultipartUploadResult', { Bucket: bucket, Key: key, ETag: etag }));
    }
    if (method !== 'DELETE') throw notImplemented();
    await this.#uploads.abort(place);
    return { status: 204 };
  }
}

function objectHeaders({ etag, lastModified }: FoundObject): Record<string, string> {
  return {
    'accept-ranges': 'bytes',
    'content-type': 'binary/octet-stream',
    etag,
    'last-modified': lastModified.toUTCString(),
  };
}

function xmlAnswer(body: string): S3Answer {
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
}
