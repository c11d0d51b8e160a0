import { type Json, JsonSyntaxError, parseJson } from '@everstep/language';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { type OwnCall, type OwnIntegration, createOwnIntegration } from '../targets/own-integration.ts';
import { asText, listIn } from '../targets/parameters.ts';
import { ServiceFailure, UnusableError } from '../targets/service-failure.ts';
import type { CommandTarget } from '../targets/target.ts';
import { runProcess } from './run-process.ts';

/** `everstep:command:run`: a program of the allow list, without a shell, with arguments that match its patterns. */
export function createCommandRunIntegration(targets: ReadonlyMap<string, CommandTarget>): OwnIntegration {
  const check = async (name: string): Promise<void> => {
    await access(targets.get(name)?.executable ?? '', constants.X_OK);
  };
  return createOwnIntegration({
    prefix: 'Command',
    targets,
    targetField: 'Command',
    call: async (call: OwnCall<CommandTarget>) => ({ output: await run(call) }),
    check,
    close: async () => undefined,
  });
}

async function run({ target, parameters, request, signal }: OwnCall<CommandTarget>): Promise<Json> {
  const input = parameters['Input'] ?? null;
  const ended = await runProcess({
    executable: target.executable,
    arguments: filled(target.arguments, listIn(parameters, 'Arguments')),
    input: input === null ? '' : asText(input),
    environment: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      LANG: 'C.UTF-8',
      ...target.environment,
      EVERSTEP_ATTEMPT_ID: request.attemptId,
      EVERSTEP_EXECUTION_ARN: request.executionArn,
    },
    workingDirectory: target.workingDirectory ?? tmpdir(),
    maxOutputBytes: target.maxOutputBytes,
    signal,
  });
  const { exitCode, endedBy, output, errorOutput } = ended;
  if (exitCode !== 0) {
    const cause = { ExitCode: exitCode, Signal: endedBy, ErrorOutput: errorOutput, Output: output };
    throw new ServiceFailure('Failed', JSON.stringify(cause));
  }
  return { ExitCode: 0, Output: target.output === 'json' ? asJson(output) : output, ErrorOutput: errorOutput };
}

function asJson(output: string): Json {
  try {
    return output.trim() === '' ? null : parseJson(output);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new ServiceFailure('InvalidOutput', `What the command wrote is no JSON: ${output.slice(0, 1_000)}`);
  }
}

/** The command's arguments, its patterns filled in their order. */
function filled(patterns: CommandTarget['arguments'], given: readonly Json[]): string[] {
  const wanted = patterns.filter((pattern) => pattern instanceof RegExp).length;
  if (given.length !== wanted) {
    throw new UnusableError(`This command takes ${wanted} 'Arguments', and got ${given.length}.`);
  }
  let next = 0;
  return patterns.map((pattern) => {
    if (typeof pattern === 'string') return pattern;
    const value = asText(given[next]);
    next += 1;
    // A NUL would end the argument.
    if (value.includes('\0') || !pattern.test(value)) {
      throw new UnusableError(`'Arguments[${next - 1}]' is not allowed: it must match ${pattern.source}.`);
    }
    return value;
  });
}
