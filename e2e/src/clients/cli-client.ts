import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import {
  type Access,
  type Client,
  ClientError,
  type Input,
  type Output,
  clientEnvironment,
  readOutput,
} from './client.ts';

const run = promisify(execFile);
const LARGEST_ANSWER_BYTES = 16 * 1024 * 1024;

/** Debian's AWS CLI where it is installed, else the first on PATH. */
export async function awsCli(): Promise<string | null> {
  const program = existsSync('/usr/bin/aws') ? '/usr/bin/aws' : 'aws';
  return run(program, ['--version']).then(
    () => program,
    () => null,
  );
}

/** The AWS CLI, one process a call. */
export function awsCliClient(program: string, access: Access, dataPath: string, service = 'stepfunctions'): Client {
  const environment = {
    ...clientEnvironment(access, dataPath),
    // Newer ones leave the prefix `sync-` out; older ones reach the host of that name through the server as their proxy.
    AWS_DISABLE_HOST_PREFIX_INJECTION: 'true',
    HTTP_PROXY: access.endpoint,
    AWS_MAX_ATTEMPTS: '1',
  };
  const perform = async (operation: string, input: Input, more: readonly string[]): Promise<Output> => {
    const command = operation.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
    const words = [service, command, '--endpoint-url', access.endpoint, '--output', 'json'];
    try {
      const { stdout } = await run(program, [...words, '--cli-input-json', JSON.stringify(input), ...more], {
        env: environment,
        maxBuffer: LARGEST_ANSWER_BYTES,
      });
      return stdout.trim() === '' ? {} : readOutput(JSON.parse(stdout));
    } catch (error) {
      throw refusal(error) ?? error;
    }
  };
  return {
    call: (operation, input) => perform(operation, input, []),
    async pages(operation, input, { member, size }) {
      const items = (await perform(operation, input, ['--page-size', String(size)]))[member];
      return Array.isArray(items) ? items.map(readOutput) : [];
    },
    close: async () => undefined,
  };
}

function refusal(error: unknown): ClientError | null {
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
  const [, code, message] =
    /An error occurred \((\w+)\) when calling the \w+ operation(?: \(reached max retries: \d\))?: ([\s\S]*)/.exec(
      text,
    ) ?? [];
  return code === undefined ? null : new ClientError(code, (message ?? '').trim(), true);
}
