import { type Json, JsonSyntaxError, isObject, parseJson } from '@everstep/language';
import { isAbsolute } from 'node:path';
import { TargetReader } from './target-reader.ts';
import type {
  BullmqTarget,
  CommandTarget,
  NatsTarget,
  PostgresTarget,
  RabbitmqTarget,
  RedisTarget,
  SmtpTarget,
  Targets,
} from './target.ts';

/** The file of targets is not as it should be; the message names everything, and no secret. */
export class TargetsError extends Error {
  override readonly name = 'TargetsError';
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$/;
const SERVICES: ReadonlyArray<keyof Targets> = ['postgres', 'bullmq', 'redis', 'nats', 'rabbitmq', 'smtp', 'command'];

/**
 * Reads the targets that tasks name: `{"postgres": {"orders": {"url": …}}, …}`. `environment` has what `{"env": …}` names.
 * Throws TargetsError.
 */
export function readTargets(text: string, environment: NodeJS.ProcessEnv): Targets {
  const problems: string[] = [];
  let file: Json;
  try {
    file = parseJson(text);
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw new TargetsError('it is no JSON');
    throw error;
  }
  if (!isObject(file)) throw new TargetsError('it must be a JSON object, by service');
  for (const name of Object.keys(file)) {
    if (!SERVICES.some((service) => service === name)) {
      problems.push(`${name} is no service; there are ${SERVICES.join(', ')}`);
    }
  }
  const all = <Target>(service: keyof Targets, read: (reader: TargetReader) => Target): Map<string, Target> => {
    const named = file[service];
    if (named !== undefined && !isObject(named)) problems.push(`${service} must be an object, by name`);
    const targets = new Map<string, Target>();
    for (const [name, value] of Object.entries(isObject(named) ? named : {})) {
      const path = `${service}.${name}`;
      if (!NAME.test(name)) problems.push(`${path}: a name has letters, digits, '_', '.' and '-', 80 at most`);
      const reader = new TargetReader(value, path, { environment, problems });
      targets.set(name, read(reader));
      reader.finish();
    }
    return targets;
  };
  const targets: Targets = {
    postgres: all('postgres', postgresTarget),
    bullmq: all('bullmq', bullmqTarget),
    redis: all('redis', redisTarget),
    nats: all('nats', natsTarget),
    rabbitmq: all('rabbitmq', rabbitmqTarget),
    smtp: all('smtp', smtpTarget),
    command: all('command', commandTarget),
  };
  if (problems.length > 0) throw new TargetsError(problems.join('; '));
  return targets;
}

function postgresTarget(reader: TargetReader): PostgresTarget {
  return {
    ...reader.base(),
    url: reader.url('url', 'postgres', 'postgresql'),
    readOnly: reader.boolean('readOnly', false),
    maxRows: reader.integer('maxRows', { least: 1, most: 100_000, fallback: 1_000 }),
    maxConnections: reader.integer('maxConnections', { least: 1, most: 1_000, fallback: 5 }),
  };
}

function redisTarget(reader: TargetReader): RedisTarget {
  return { ...reader.base(), url: reader.redisUrl('url') };
}

function bullmqTarget(reader: TargetReader): BullmqTarget {
  return { ...redisTarget(reader), prefix: reader.optionalText('prefix') };
}

function natsTarget(reader: TargetReader): NatsTarget {
  const servers = reader.texts('servers');
  if (servers.length === 0) reader.problem('servers', 'must name a server');
  return {
    ...reader.base(),
    servers,
    user: reader.optionalText('user'),
    password: reader.optionalText('password'),
    token: reader.optionalText('token'),
  };
}

function rabbitmqTarget(reader: TargetReader): RabbitmqTarget {
  return { ...reader.base(), url: reader.url('url', 'amqp', 'amqps') };
}

function smtpTarget(reader: TargetReader): SmtpTarget {
  return { ...reader.base(), url: reader.url('url', 'smtp', 'smtps'), from: reader.optionalText('from') };
}

const MAX_OUTPUT_BYTES = 262_144;

function commandTarget(reader: TargetReader): CommandTarget {
  const executable = reader.text('executable');
  if (executable !== '' && !isAbsolute(executable)) reader.problem('executable', 'must be an absolute path');
  const workingDirectory = reader.optionalText('workingDirectory');
  if (workingDirectory !== null && !isAbsolute(workingDirectory)) {
    reader.problem('workingDirectory', 'must be an absolute path');
  }
  return {
    ...reader.base(),
    executable,
    arguments: reader.list('arguments').map((value, index) => argument(reader, value, `arguments[${index}]`)),
    environment: reader.textsByName('environment'),
    workingDirectory,
    maxOutputBytes: reader.integer('maxOutputBytes', {
      least: 1,
      most: MAX_OUTPUT_BYTES,
      fallback: MAX_OUTPUT_BYTES,
    }),
    output: reader.word('output', ['text', 'json'], 'text'),
  };
}

/** A fixed text, or `{"pattern": "[0-9]+"}` that an argument of the state must match as a whole. */
function argument(reader: TargetReader, value: Json, name: string): string | RegExp {
  if (typeof value === 'string') return value;
  const pattern = isObject(value) ? value['pattern'] : undefined;
  try {
    if (typeof pattern === 'string') return new RegExp(`^(?:${pattern})$`, 'su');
  } catch {
    // Told below.
  }
  reader.problem(name, 'must be a text, or {"pattern": "a regular expression"}');
  return '';
}
