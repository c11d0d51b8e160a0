import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { invariant } from './errors.ts';

/**
 * A task token names its execution and its attempt and is authenticated by a key of that execution, so that a token
 * can be told from a forged or an outdated one even after the run is gone. Layout, in base64url without padding:
 * 1 version byte, 16 bytes of the execution's UUID, 8 bytes of the task's id, 16 bytes of HMAC-SHA256.
 */
const VERSION = 1;
const SIGNED_BYTES = 25;
const MAC_BYTES = 16;
const TOKEN_BYTES = SIGNED_BYTES + MAC_BYTES;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

export interface ParsedTaskToken {
  readonly executionId: string;
  readonly taskId: number;
  /** Hex. The token is genuine if this equals {@link taskTokenMac} of `signed`. */
  readonly mac: string;
  /** The authenticated part, in hex. */
  readonly signed: string;
}

/** `tokenKey` is hex, of at least 16 bytes. */
export function formatTaskToken(executionId: string, taskId: number, tokenKey: string): string {
  invariant(UUID.test(executionId), `execution id ${executionId} is not a UUID`);
  invariant(Number.isSafeInteger(taskId) && taskId > 0, `task id ${taskId} is not a positive integer`);
  const bytes = new Uint8Array(TOKEN_BYTES);
  bytes[0] = VERSION;
  bytes.set(hexToBytes(executionId.replaceAll('-', '')), 1);
  new DataView(bytes.buffer).setBigUint64(17, BigInt(taskId));
  const signed = bytesToHex(bytes.subarray(0, SIGNED_BYTES));
  bytes.set(hexToBytes(taskTokenMac(signed, tokenKey)), SIGNED_BYTES);
  return toBase64Url(bytes);
}

/** Takes a token apart without judging it; null where the text cannot be one. The engine verifies `mac`. */
export function parseTaskToken(token: string): ParsedTaskToken | null {
  const bytes = fromBase64Url(token);
  if (bytes === null || bytes.length !== TOKEN_BYTES || bytes[0] !== VERSION) return null;
  const taskId = new DataView(bytes.buffer).getBigUint64(17);
  if (taskId < 1n || taskId > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  const id = bytesToHex(bytes.subarray(1, 17));
  return {
    executionId: [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20)].join('-'),
    taskId: Number(taskId),
    mac: bytesToHex(bytes.subarray(SIGNED_BYTES)),
    signed: bytesToHex(bytes.subarray(0, SIGNED_BYTES)),
  };
}

/** The authentication code, in hex, of a token's signed part (hex) under an execution's key (hex). */
export function taskTokenMac(signed: string, tokenKey: string): string {
  return bytesToHex(hmac(sha256, hexToBytes(tokenKey), hexToBytes(signed)).subarray(0, MAC_BYTES));
}

function toBase64Url(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      text += ALPHABET.charAt((value >> bits) & 63);
    }
  }
  return bits === 0 ? text : text + ALPHABET.charAt((value << (6 - bits)) & 63);
}

/** Null where the text is not canonical base64url: one token has one spelling. */
function fromBase64Url(text: string): Uint8Array | null {
  const bytes = new Uint8Array(Math.floor((text.length * 6) / 8));
  let bits = 0;
  let value = 0;
  let length = 0;
  for (const character of text) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) return null;
    value = ((value << 6) | digit) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[length] = (value >> bits) & 255;
    length += 1;
  }
  const rest = value & ((1 << bits) - 1);
  return rest === 0 && bits < 6 ? bytes : null;
}
