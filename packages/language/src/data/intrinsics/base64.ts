const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const bits = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += ALPHABET.charAt(bits >> 18) + ALPHABET.charAt((bits >> 12) & 63);
    text += left > 1 ? ALPHABET.charAt((bits >> 6) & 63) : '=';
    text += left > 2 ? ALPHABET.charAt(bits & 63) : '=';
  }
  return text;
}

/**
 * Lenient, as AWS's decoder is: it skips what is not of the alphabet (the URL-safe signs count as `+` and `/`), ends at
 * the first `=`, and takes an end without padding.
 */
export function decodeBase64(text: string): Uint8Array {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const sign of text) {
    if (sign === '=') break;
    const value = ALPHABET.indexOf(sign === '-' ? '+' : sign === '_' ? '/' : sign);
    if (value < 0) continue;
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes.push((bits >> held) & 255);
  }
  return Uint8Array.from(bytes);
}

/** Bytes that are not UTF-8 become U+FFFD, one for each longest beginning of a character. */
export function decodeUtf8(bytes: Uint8Array): string {
  let text = '';
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at] ?? 0;
    at++;
    if (lead < 0x80) {
      text += String.fromCharCode(lead);
      continue;
    }
    const length = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    let code = lead & (0x3f >> length);
    let valid = lead >= 0xc2 && lead <= 0xf4;
    for (let rest = 0; valid && rest < length; rest++) {
      const next = bytes[at] ?? 0;
      const [low, high] = rest === 0 ? secondByteRange(lead) : [0x80, 0xbf];
      valid = next >= low && next <= high;
      if (!valid) break;
      code = (code << 6) | (next & 0x3f);
      at++;
    }
    text += valid ? String.fromCodePoint(code) : '\ufffd';
  }
  return text;
}

/** Narrower after some leads: no overlong forms, no surrogates, nothing beyond U+10FFFF. */
function secondByteRange(lead: number): [low: number, high: number] {
  if (lead === 0xe0) return [0xa0, 0xbf];
  if (lead === 0xed) return [0x80, 0x9f];
  if (lead === 0xf0) return [0x90, 0xbf];
  if (lead === 0xf4) return [0x80, 0x8f];
  return [0x80, 0xbf];
}
