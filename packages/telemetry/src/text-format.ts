const levelWidth = 5;
/** Written in the line's head, or of no use to a reader at a terminal. */
const headFields = new Set(['time', 'level', 'name', 'pid', 'msg', 'err']);

/** One line of JSON as a person reads it: `12:34:56.789 WARN  worker message field=value`, an error's stack below. */
export function formatLine(line: string): string {
  const fields = parseFields(line);
  if (fields === null) return line;
  const time = readText(fields['time']).slice(11, 23);
  const level = readText(fields['level']).toUpperCase().padEnd(levelWidth);
  const rest = Object.entries(fields)
    .filter(([name]) => !headFields.has(name))
    .map(([name, value]) => `${name}=${formatValue(value)}`);
  const head = [time, level, readText(fields['name']), oneLine(readText(fields['msg'])), ...rest];
  return `${head.filter((part) => part !== '').join(' ')}${formatError(fields['err'])}\n`;
}

function parseFields(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch (error) {
    // Not ours to lose: a line that is not JSON is printed as it is.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function readText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** What was logged may hold line breaks and terminal codes of somebody else's making; they are shown, not obeyed. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => {
    return JSON.stringify(character).slice(1, -1) === character
      ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
      : JSON.stringify(character).slice(1, -1);
  });
}

function formatValue(value: unknown): string {
  if (typeof value === 'string' && /^[\w:./@+-]+$/.test(value)) return value;
  return oneLine(JSON.stringify(value) ?? '');
}

function formatError(value: unknown): string {
  if (value === undefined) return '';
  const stack = typeof value === 'object' && value !== null && 'stack' in value ? readText(value.stack) : '';
  if (stack === '') return ` err=${formatValue(value)}`;
  return stack
    .split('\n')
    .map((line) => `\n    ${oneLine(line.trim())}`)
    .join('');
}
