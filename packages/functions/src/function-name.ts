/** A function's folder; it confines paths to the folder of functions. */
export const FUNCTION_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** Takes `name`, `name:qualifier`, `account:function:name` and whole ARNs. */
export function parseFunctionName(text: string, qualifier?: string): { name: string; qualifier: string | undefined } {
  const parts = text.split(':');
  const marker = parts.lastIndexOf('function');
  const [name = '', own] = marker >= 0 ? parts.slice(marker + 1) : parts;
  return { name, qualifier: qualifier ?? own };
}
