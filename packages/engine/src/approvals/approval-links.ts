import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ApprovalKey } from '../ports/approval-store.ts';

/** Whom a link lets decide what. */
export interface ApprovalLink extends ApprovalKey {
  /** In whose name it decides. */
  readonly recipient: string;
}

/** How long a link works at most, in milliseconds. A reminder carries a new one. */
export const LINK_MS = 30 * 86_400_000;
const MAC_BYTES = 32;

/**
 * Links that notices carry: who has one may see its approval and decide it in the recipient's name, without signing in.
 * Nothing is stored: all that a link says is under a MAC with a key of the installation.
 */
export class ApprovalLinks {
  readonly #source: { installationSecret(): Promise<string> };
  #key: Buffer | null = null;

  constructor(source: { installationSecret(): Promise<string> }) {
    this.#source = source;
  }

  async make({ executionId, taskId, recipient }: ApprovalLink, now: number): Promise<string> {
    const said = Buffer.from(JSON.stringify([executionId, taskId, recipient, now + LINK_MS])).toString('base64url');
    return `${said}.${mark(await this.#secret(), said).toString('base64url')}`;
  }

  /** null: this installation has not made it, or its time is over. */
  async read(token: string, now: number): Promise<ApprovalLink | null> {
    const [said = '', mac = ''] = token.split('.');
    const given = Buffer.from(mac, 'base64url');
    if (given.length !== MAC_BYTES || !timingSafeEqual(given, mark(await this.#secret(), said))) return null;
    const parts: unknown = JSON.parse(Buffer.from(said, 'base64url').toString());
    if (!Array.isArray(parts)) return null;
    const [executionId, taskId, recipient, until] = parts;
    return Number(until) > now
      ? { executionId: String(executionId), taskId: Number(taskId), recipient: String(recipient) }
      : null;
  }

  async #secret(): Promise<Buffer> {
    // A failed read is not remembered: the store may be back for the next call.
    this.#key ??= mark(Buffer.from(await this.#source.installationSecret(), 'hex'), 'approval-links');
    return this.#key;
  }
}

function mark(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
