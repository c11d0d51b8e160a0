import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createS3OverFolders } from '../../bucket-folders/s3-over-folders.ts';
import { SdkCaller } from '../../aws-sdk/sdk-caller.ts';

/** What goes wrong with one request. */
export type Fault =
  | { readonly type: 'answer'; readonly status: number; readonly code: string }
  /** The connection is cut, after so many bytes of the answer's body; none: before the answer. */
  | { readonly type: 'cut'; readonly afterBytes: number | null }
  /** Nothing more comes, after so many bytes of the body; none: no answer either. */
  | { readonly type: 'hang'; readonly afterBytes: number | null }
  /** As a server that knows no ranges. */
  | { readonly type: 'whole' };

export interface SeenS3Request {
  readonly method: string;
  readonly url: string;
  readonly range: string | undefined;
}

/** A server that speaks S3's API over HTTP, on a folder, and answers badly where it is told to. */
export class S3Server {
  readonly root = mkdtempSync(join(tmpdir(), 'everstep-s3-'));
  readonly seen: SeenS3Request[] = [];
  /** Asked at each request, counted from 0 since `seen` was emptied. */
  fault: (request: SeenS3Request, index: number) => Fault | null = () => null;
  readonly #handler = createS3OverFolders({ root: this.root, accountId: '123456789012' });
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : undefined);
      });
    });
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get url(): string {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
  }

  /** Calls through the real SDK, over the network. */
  caller(): SdkCaller {
    return new SdkCaller({ region: 'us-east-1', environment: {}, endpoint: this.url });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
    rmSync(this.root, { recursive: true, force: true });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body: Buffer[] = [];
    for await (const chunk of request) if (chunk instanceof Uint8Array) body.push(Buffer.from(chunk));
    const { method = 'GET', url = '/', headers } = request;
    const { range, ...others } = headers;
    const seen = { method, url, range };
    const fault = this.fault(seen, this.seen.length);
    this.seen.push(seen);
    if (fault?.type === 'answer') {
      response.writeHead(fault.status, { 'content-type': 'application/xml' });
      response.end(
        `<?xml version="1.0"?><Error><Code>${fault.code}</Code><Message>${fault.code} it is</Message></Error>`,
      );
      return;
    }
    if (fault?.type === 'cut' && fault.afterBytes === null) response.destroy();
    if (response.destroyed || (fault?.type === 'hang' && fault.afterBytes === null)) return;
    const { pathname, searchParams } = new URL(url, this.url);
    const answered = await this.#handler.handle({
      ...{ method, path: pathname, query: Object.fromEntries(searchParams), body: Buffer.concat(body) },
      headers: fault?.type === 'whole' ? others : headers,
    });
    response.writeHead(answered.response.statusCode, answered.response.headers);
    const { body: answer } = answered.response;
    const content = answer instanceof Uint8Array ? answer : await buffer(answer);
    if (fault?.type !== 'cut' && fault?.type !== 'hang') {
      response.end(content);
      return;
    }
    response.write(content.subarray(0, fault.afterBytes ?? 0), () => {
      if (fault.type === 'cut') response.destroy();
    });
  }
}
