import * as sdk from '@aws-sdk/client-sfn';
import { type Access, type Client, ClientError, type Output, readOutput } from './client.ts';

/** @aws-sdk/client-sfn, called by the operations' names. */
export function sdkClient(access: Access): Client {
  const { endpoint, accessKeyId, secretAccessKey } = access;
  const client = new sdk.SFN({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey },
    disableHostPrefix: true,
    maxAttempts: 1,
  });
  return {
    async call(operation, input): Promise<Output> {
      const answer = await attempt(() => Promise.resolve(invoke(client, method(operation), [input])));
      const { $metadata: _metadata, ...output } = readOutput(answer);
      return plain(output);
    },
    async pages(operation, input, { member, size }) {
      const pages = invoke(sdk, `paginate${operation}`, [{ client, pageSize: size }, input]);
      if (!isPages(pages)) throw new Error(`paginate${operation} gives no pages`);
      const items: Output[] = [];
      for await (const page of pages) {
        const found = readOutput(page)[member];
        if (Array.isArray(found)) items.push(...found.map(plain));
      }
      return items;
    },
    close: async () => client.destroy(),
  };
}

function method(operation: string): string {
  return `${operation.charAt(0).toLowerCase()}${operation.slice(1)}`;
}

function isPages(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** Calls a function that is found by its name. */
function invoke(owner: object, name: string, words: readonly unknown[]): unknown {
  const found: unknown = Reflect.get(owner, name);
  if (typeof found !== 'function') throw new Error(`the SDK has no ${name}`);
  return Reflect.apply(found, owner, words);
}

async function attempt<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof sdk.SFNServiceException)) throw error;
    const type: unknown = Reflect.get(sdk, error.name);
    throw new ClientError(error.name, error.message, typeof type === 'function' && error instanceof type);
  }
}

/** Dates as text, as in the other clients' answers. */
function plain(value: unknown): Output {
  return readOutput(JSON.parse(JSON.stringify(value)));
}
