import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
};
const COMPRESSIBLE = new Set(['.html', '.js', '.css', '.svg', '.json', '.txt']);
/** Its name holds the hash of what is in it, so it never changes. */
const HASHED = /^assets\//;
const FOREVER = 'public, max-age=31536000, immutable';
/** Stands in the page where the nonce of each answer goes. */
const NONCE = '__EVERSTEP_NONCE__';

export interface SiteFile {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

interface KnownFile {
  readonly bytes: Buffer;
  readonly extension: string;
  /** Made when it is first asked for. */
  readonly encoded: Map<string, Promise<Buffer>>;
}

/** The console's built files: read once, held in memory, compressed when first asked for. */
export class SiteFiles {
  readonly #files: ReadonlyMap<string, KnownFile>;

  private constructor(files: ReadonlyMap<string, KnownFile>) {
    this.#files = files;
  }

  /** null where the folder holds no built console. */
  static async load(folder: string): Promise<SiteFiles | null> {
    if (!existsSync(join(folder, 'index.html'))) return null;
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map(async (entry): Promise<[string, KnownFile]> => {
        const path = join(entry.parentPath, entry.name);
        const name = relative(folder, path).split(sep).join('/');
        return [name, { bytes: await readFile(path), extension: extname(name), encoded: new Map() }];
      });
    return new SiteFiles(new Map(await Promise.all(files)));
  }

  /**
   * The answer to a path below /console/: a file, or the page for what is a route of it; null for a file that is not
   * there. Names are looked up, never joined to a path, so there is no way out of the folder.
   */
  async find(path: string, acceptEncoding: string): Promise<SiteFile | null> {
    const known = this.#files.get(path);
    if (known !== undefined && path !== 'index.html') return answerOf(path, known, acceptEncoding);
    if (path.startsWith('assets/')) return null;
    const page = this.#files.get('index.html');
    return page === undefined ? null : pageOf(page);
  }
}

async function answerOf(path: string, file: KnownFile, acceptEncoding: string): Promise<SiteFile> {
  const encoding = COMPRESSIBLE.has(file.extension) ? encodingOf(acceptEncoding) : null;
  return {
    body: encoding === null ? file.bytes : await encodedBytes(file, encoding),
    headers: {
      'content-type': TYPES[file.extension] ?? 'application/octet-stream',
      'cache-control': HASHED.test(path) ? FOREVER : 'no-cache',
      vary: 'accept-encoding',
      ...(encoding === null ? {} : { 'content-encoding': encoding }),
    },
  };
}

/** The page is small and different each time: its styles' nonce is. */
function pageOf({ bytes }: KnownFile): SiteFile {
  const nonce = randomBytes(16).toString('base64');
  return {
    body: Buffer.from(bytes.toString('utf8').replaceAll(NONCE, nonce)),
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': contentPolicy(nonce),
    },
  };
}

/** No script but the console's own files, nothing from elsewhere, no frame around it, no form, no base. */
function contentPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

type Encoding = 'br' | 'gzip';

function encodingOf(accepted: string): Encoding | null {
  if (/\bbr\b/.test(accepted)) return 'br';
  return /\bgzip\b/.test(accepted) ? 'gzip' : null;
}

const brotli = promisify(brotliCompress);
const zip = promisify<Buffer, { level: number }, Buffer>(gzip);

function encodedBytes({ bytes, encoded }: KnownFile, encoding: Encoding): Promise<Buffer> {
  let made = encoded.get(encoding);
  if (made === undefined) {
    made =
      encoding === 'br' ? brotli(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }) : zip(bytes, { level: 6 });
    encoded.set(encoding, made);
  }
  return made;
}
