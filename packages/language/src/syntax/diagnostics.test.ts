import { describe, expect, it } from 'vitest';
import { definitionError } from './diagnostics.ts';

describe('definitionError', () => {
  it('joins all errors as AWS does and leaves warnings out', () => {
    const message = definitionError(
      [
        {
          severity: 'ERROR',
          code: 'MISSING_TRANSITION_TARGET',
          message: "Missing 'Next' target: b",
          location: '/States/a/Next',
        },
        { severity: 'WARNING', code: 'NO_DOLLAR', message: 'no dollar', location: '/States/a' },
        { severity: 'ERROR', code: 'MISSING_END_STATE', message: 'Workflow has no terminal state' },
      ],
      '{}',
    );
    expect(message).toBe(
      "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: b at /States/a/Next, MISSING_END_STATE: Workflow has no terminal state at null'",
    );
  });

  it('tells of a hundred findings at most', () => {
    const error = { severity: 'ERROR', code: 'MISSING_END_STATE', message: 'x' } as const;
    expect(
      definitionError(
        Array.from({ length: 1000 }, () => error),
        '{}',
      ).split(', '),
    ).toHaveLength(100);
  });

  it.each([
    ['Label cannot be empty', "'Label cannot be empty'"],
    ["Label contains invalid character: '*'", `"Label contains invalid character: '*'"`],
    [`Label contains invalid character: '"'`, `'Label contains invalid character: \\'"\\''`],
    ["Label contains invalid character: '\\x92'", `"Label contains invalid character: '\\\\x92'"`],
  ])('tells of a label first, with the definition as it was sent: %s', (message, listed) => {
    const diagnostics = [
      { severity: 'ERROR', code: 'SCHEMA_VALIDATION_FAILED', message: 'something else', location: '/' },
      { severity: 'ERROR', code: 'INVALID_LABEL_NAME', message, location: '/States/M/Label' },
    ] as const;
    expect(definitionError(diagnostics, '{ "as": "sent" }')).toBe(
      `Error=ValueError Args=[${listed}] in definition '{ "as": "sent" }'.`,
    );
  });
});
