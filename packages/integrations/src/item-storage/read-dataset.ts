import { createItemScanner } from '@everstep/language';
import type { ContentFormat, Dataset } from './dataset.ts';
import { readAthenaManifest, readInventoryManifest } from './manifests.ts';
import { nameOf, readText } from './object-bytes.ts';
import { readParquet } from './parquet/read-parquet.ts';
import { type ListedObject, type ObjectName, listObjects } from './s3-bucket.ts';
import type { S3Calls } from './s3-calls.ts';

/** Items that were found at once, so that not each of them passes through every generator. */
export interface FoundItems {
  /** JSON texts. */
  readonly values: readonly string[];
  /** As in `Map.Item.Source`. */
  readonly source: string;
}

type Items = AsyncGenerator<FoundItems>;

/** The items of a dataset, in its order. */
export async function* readDatasetItems(calls: S3Calls, dataset: Dataset): Items {
  switch (dataset.type) {
    case 'listing':
      if (dataset.content === null) yield* listItems(calls, dataset.parameters);
      else yield* readListed(calls, dataset.parameters, dataset.content);
      break;
    case 'object':
      yield* readContent(calls, dataset.object, dataset.content);
      break;
    case 'athena manifest':
      for await (const object of readAthenaManifest(calls, dataset.object)) {
        yield* readContent(calls, object, dataset.content);
      }
      break;
    case 'inventory': {
      const { files, headers } = await readInventoryManifest(calls, dataset.object);
      for (const file of files) yield* readContent(calls, file, { type: 'CSV', delimiter: ',', headers });
      break;
    }
  }
}

async function* listItems(calls: S3Calls, parameters: Readonly<Record<string, unknown>>): Items {
  const source = `S3://${String(parameters['Bucket'])}`;
  for await (const page of listObjects(calls, parameters)) yield { values: page.map(describe), source };
}

/** An object as AWS hands it to a child: its time is in seconds. */
function describe({ key, size, etag, storageClass, lastModified }: ListedObject): string {
  return JSON.stringify({
    ...(etag === null ? {} : { Etag: etag }),
    Key: key,
    ...(lastModified === null ? {} : { LastModified: Math.floor(lastModified.getTime() / 1_000) }),
    Size: size,
    ...(storageClass === null ? {} : { StorageClass: storageClass }),
  });
}

/** LOAD_AND_FLATTEN: what is in the objects. The ones that stand for folders hold nothing. */
async function* readListed(
  calls: S3Calls,
  parameters: Readonly<Record<string, unknown>>,
  content: ContentFormat,
): Items {
  const owner = parameters['ExpectedBucketOwner'];
  for await (const page of listObjects(calls, parameters)) {
    for (const { key, size } of page) {
      if (size === 0 && key.endsWith('/')) continue;
      const object = {
        bucket: String(parameters['Bucket']),
        key,
        versionId: null,
        expectedBucketOwner: typeof owner === 'string' ? owner : null,
      };
      yield* readContent(calls, object, content);
    }
  }
}

async function* readContent(calls: S3Calls, object: ObjectName, content: ContentFormat): Items {
  const source = nameOf(object);
  if (content.type === 'PARQUET') {
    for await (const values of readParquet(calls, object)) yield { values, source };
    return;
  }
  const scanner = createItemScanner(content);
  for await (const piece of readText(calls, object)) {
    const values = scanner.push(piece);
    if (values.length > 0) yield { values, source };
    if (scanner.done) return;
  }
  yield { values: scanner.end(), source };
}
