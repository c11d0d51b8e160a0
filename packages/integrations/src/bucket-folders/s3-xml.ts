import type { ListPage, ListRequest } from './folder-listing.ts';
import type { S3Failure } from './s3-failure.ts';

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';
const NAMESPACE = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

export function errorXml({ code, message }: S3Failure, requestId: string): string {
  return `${HEAD}<Error>${tag('Code', code)}${tag('Message', message)}${tag('RequestId', requestId)}</Error>`;
}

/** An answer with these members, in their order. */
export function answerXml(root: string, members: Readonly<Record<string, string>>): string {
  const inner = Object.entries(members).map(([name, value]) => tag(name, value));
  return `${HEAD}<${root}${NAMESPACE}>${inner.join('')}</${root}>`;
}

export function listXml(request: ListRequest, page: ListPage, tokens: { given: string; next: string | null }): string {
  const { bucket, prefix, delimiter, maxKeys } = request;
  const contents = page.objects.map(
    ({ key, size, etag, lastModified }) =>
      `<Contents>${tag('Key', key)}${tag('LastModified', lastModified.toISOString())}${tag('ETag', etag)}` +
      `${tag('Size', String(size))}${tag('StorageClass', 'STANDARD')}</Contents>`,
  );
  const prefixes = page.commonPrefixes.map((common) => `<CommonPrefixes>${tag('Prefix', common)}</CommonPrefixes>`);
  const members = [
    tag('Name', bucket),
    tag('Prefix', prefix),
    delimiter === '' ? '' : tag('Delimiter', delimiter),
    tag('MaxKeys', String(maxKeys)),
    tag('KeyCount', String(page.objects.length + page.commonPrefixes.length)),
    tag('IsTruncated', String(page.last !== null)),
    tokens.given === '' ? '' : tag('ContinuationToken', tokens.given),
    tokens.next === null ? '' : tag('NextContinuationToken', tokens.next),
  ];
  return `${HEAD}<ListBucketResult${NAMESPACE}>${[...members, ...contents, ...prefixes].join('')}</ListBucketResult>`;
}

export function bucketsXml(buckets: readonly { name: string; createdAt: Date }[], owner: string): string {
  const inner = buckets.map(
    ({ name, createdAt }) => `<Bucket>${tag('Name', name)}${tag('CreationDate', createdAt.toISOString())}</Bucket>`,
  );
  return `${HEAD}<ListAllMyBucketsResult${NAMESPACE}><Owner>${tag('ID', owner)}</Owner><Buckets>${inner.join('')}</Buckets></ListAllMyBucketsResult>`;
}

export function deletedXml(keys: readonly string[]): string {
  const inner = keys.map((key) => `<Deleted>${tag('Key', key)}</Deleted>`);
  return `${HEAD}<DeleteResult${NAMESPACE}>${inner.join('')}</DeleteResult>`;
}

/** What stands in the elements of a name: the text of those that hold no others, the XML of those that do. */
export function elements(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([^]*?)</${name}>`, 'g'))].map(([, inner]) => inner ?? '');
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

export function xmlText(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));/g, (whole, decimal, hex, name) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(String(hex), 16));
    return ENTITIES[String(name)] ?? whole;
  });
}

function tag(name: string, text: string): string {
  const escaped = text.replace(/[&<>"\r]/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<${name}>${escaped}</${name}>`;
}
