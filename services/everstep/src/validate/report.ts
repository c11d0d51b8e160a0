import { type Paint, counted, printable } from '../terminal/styles.ts';
import type { Finding } from './finding.ts';

/** One file that was looked at. */
export interface CheckedFile {
  readonly name: string;
  readonly text: string;
  readonly findings: readonly Finding[];
}

/** As ValidateStateMachineDefinition answers: a machine with warnings only is OK. */
export function isRefused(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === 'ERROR');
}

/** What people read: each finding with its source line, then a line for the file. */
export function fileReport(file: CheckedFile, paint: Paint): string {
  const lines = file.text.split(/\r?\n/);
  const findings = file.findings.map((finding) => findingReport(file.name, finding, lines, paint));
  return [...findings, fileSummary(file, paint)].join('\n');
}

function findingReport(name: string, finding: Finding, lines: readonly string[], paint: Paint): string {
  const { severity, code, message, line, column, location, suggestion } = finding;
  const word = severity === 'ERROR' ? paint(['red', 'bold'], 'error') : paint(['yellow', 'bold'], 'warning');
  const where = paint('bold', `${printable(name)}:${line}:${column}`);
  const margin = ' '.repeat(String(line).length + 1);
  const bar = paint('dim', '|');
  const { excerpt, before, width } = excerptOf(lines[line - 1] ?? '', finding);
  const caret = paint(severity === 'ERROR' ? 'red' : 'yellow', '^'.repeat(width));
  return [
    `${where} ${word} ${code}: ${printable(message)}`,
    ` ${paint('dim', String(line))} ${bar} ${excerpt}`,
    ` ${margin}${bar} ${' '.repeat(before)}${caret}`,
    ...(suggestion === undefined ? [] : [` ${margin}${paint('cyan', `did you mean '${printable(suggestion)}'?`)}`]),
    ...(location?.startsWith('/') === true ? [` ${margin}${paint('dim', `at ${printable(location)}`)}`] : []),
    '',
  ].join('\n');
}

const EXCERPT_CHARACTERS = 100;

/** The source line, or the part of a long one around the place, with the caret's indent and width. */
function excerptOf(line: string, { column, endColumn }: Finding): { excerpt: string; before: number; width: number } {
  const start = line.length > EXCERPT_CHARACTERS ? Math.max(0, column - 1 - EXCERPT_CHARACTERS / 2) : 0;
  const end = Math.min(line.length, start + EXCERPT_CHARACTERS);
  const opening = start > 0 ? '…' : '';
  const before = opening + printable(line.slice(start, column - 1));
  const marked = printable(line.slice(column - 1, Math.min(endColumn - 1, end)));
  const after = printable(line.slice(Math.min(endColumn - 1, end), end)) + (end < line.length ? '…' : '');
  // Characters, not UTF-16 units, take a place on the terminal.
  return { excerpt: before + marked + after, before: widthOf(before), width: Math.max(1, widthOf(marked)) };
}

function widthOf(text: string): number {
  return Array.from(text).length;
}

function fileSummary({ name, findings }: CheckedFile, paint: Paint): string {
  const counts = countsOf(findings);
  const verdict = isRefused(findings) ? paint('red', '✗') : paint('green', '✓');
  return `${verdict} ${printable(name)}: ${counts}`;
}

function countsOf(findings: readonly Finding[]): string {
  const errors = findings.filter(({ severity }) => severity === 'ERROR').length;
  const warnings = findings.length - errors;
  const parts = [
    ...(errors > 0 ? [counted(errors, 'error')] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
  ];
  return parts.length === 0 ? 'valid' : parts.join(', ');
}

/** The last line, where more than one file was looked at. */
export function overallSummary(files: readonly CheckedFile[]): string {
  const refused = files.filter(({ findings }) => isRefused(findings)).length;
  const all = files.flatMap(({ findings }) => findings);
  return `${counted(files.length, 'file')}, ${refused === 0 ? 'all valid' : `${refused} not valid`}: ${countsOf(all)}`;
}

/** What programs read: the shape of ValidateStateMachineDefinition's answer per file, with lines and columns. */
export function jsonReport(files: readonly CheckedFile[]): string {
  const reports = files.map(({ name, findings }) => ({
    file: name,
    result: isRefused(findings) ? 'FAIL' : 'OK',
    diagnostics: findings,
  }));
  return JSON.stringify(
    { result: reports.some(({ result }) => result === 'FAIL') ? 'FAIL' : 'OK', files: reports },
    null,
    2,
  );
}
