const UNITS = [
  ['Zero', 'Zeroth'],
  ['One', 'First'],
  ['Two', 'Second'],
  ['Three', 'Third'],
  ['Four', 'Fourth'],
  ['Five', 'Fifth'],
  ['Six', 'Sixth'],
  ['Seven', 'Seventh'],
  ['Eight', 'Eighth'],
  ['Nine', 'Ninth'],
  ['Ten', 'Tenth'],
  ['Eleven', 'Eleventh'],
  ['Twelve', 'Twelfth'],
  ['Thirteen', 'Thirteenth'],
  ['Fourteen', 'Fourteenth'],
  ['Fifteen', 'Fifteenth'],
  ['Sixteen', 'Sixteenth'],
  ['Seventeen', 'Seventeenth'],
  ['Eighteen', 'Eighteenth'],
  ['Nineteen', 'Nineteenth'],
] as const;
const TENS = ['Twenty', 'Thirty', 'Forty', 'Fifty', 'Sixty', 'Seventy', 'Eighty', 'Ninety'] as const;
const MAGNITUDES = ['Thousand', 'Million', 'Billion', 'Trillion'] as const;

/** An integer in English: `One Thousand, Two Hundred and Thirty-Four`, or its ordinal. */
export function numberToWords(value: number, isOrdinal: boolean): string {
  return words(value, '', isOrdinal);
}

/** `link` stands before a rest: ` and ` before what is below a hundred, a comma before the others. */
function words(value: number, link: '' | ' and ' | 'rest', isOrdinal: boolean): string {
  const small = link === '' ? '' : ' and ';
  const big = link === '' ? '' : ', ';
  if (value <= 19) return small + (UNITS[value]?.[isOrdinal ? 1 : 0] ?? String(value));
  if (value < 100) return small + tens(value, isOrdinal);
  if (value < 1000) return big + part(words(Math.floor(value / 100), '', false), 'Hundred', value % 100, isOrdinal);
  const magnitude = Math.min(Math.floor(Math.log10(value) / 3), MAGNITUDES.length);
  const factor = 10 ** (magnitude * 3);
  const count = Math.floor(value / factor);
  const name = MAGNITUDES[magnitude - 1] ?? '';
  return big + part(words(count, '', false), name, value - count * factor, isOrdinal);
}

function tens(value: number, isOrdinal: boolean): string {
  const name = TENS[Math.floor(value / 10) - 2] ?? '';
  if (value % 10 > 0) return `${name}-${words(value % 10, '', isOrdinal)}`;
  return isOrdinal ? `${name.slice(0, -1)}ieth` : name;
}

function part(count: string, name: string, rest: number, isOrdinal: boolean): string {
  if (rest > 0) return `${count} ${name}${words(rest, 'rest', isOrdinal)}`;
  return `${count} ${name}${isOrdinal ? 'th' : ''}`;
}

const VALUES = new Map<string, number>([
  ['hundred', 100],
  ['hundredth', 100],
]);
for (const [value, names] of UNITS.entries()) for (const name of names) VALUES.set(name.toLowerCase(), value);
for (const [index, name] of TENS.entries()) {
  VALUES.set(name.toLowerCase(), (index + 2) * 10);
  VALUES.set(`${name.slice(0, -1).toLowerCase()}ieth`, (index + 2) * 10);
}
for (const [index, name] of MAGNITUDES.entries()) {
  VALUES.set(name.toLowerCase(), 10 ** ((index + 1) * 3));
  VALUES.set(`${name.toLowerCase()}th`, 10 ** ((index + 1) * 3));
}

/** The source of a regular expression of such words; longer ones first, as the first that fits is taken. */
export const WORDS_PATTERN = `(?:${[...VALUES.keys(), 'and', '[\\-, ]'].sort((one, other) => other.length - one.length).join('|')})+`;

/** Lower-case English back to the integer; NaN where a word is none. */
export function wordsToNumber(text: string): number {
  const segments = [0];
  for (const word of text.split(/,\s|\sand\s|[\s\\-]/)) {
    const value = VALUES.get(word) ?? Number.NaN;
    const last = segments.pop() ?? 0;
    if (!(value < 100)) segments.push(last * value);
    else if (last >= 1000) segments.push(last, value);
    else segments.push(last + value);
  }
  return segments.reduce((sum, segment) => sum + segment, 0);
}
