import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { messageOf, StartError } from '../start-error.ts';

/**
 * A secret, which is never an option: the list of processes would show it. It comes from a file, from the standard input,
 * or from a person who types it unseen. Throws StartError.
 */
export async function readSecret(question: string, file: string | undefined): Promise<string> {
  const secret = file === undefined ? await fromInput(question) : await fromFile(file);
  const [line = ''] = secret.split(/\r?\n/);
  if (line === '') throw new StartError(`${question}: nothing was given.`);
  return line;
}

async function fromFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new StartError(`--secret-file: ${file} cannot be read: ${messageOf(error)}`);
  }
}

async function fromInput(question: string): Promise<string> {
  if (!process.stdin.isTTY) return text(process.stdin);
  process.stderr.write(`${question}: `);
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: unseen, terminal: true });
  try {
    return await lines.question('');
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
