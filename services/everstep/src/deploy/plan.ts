import type {
  EncryptionConfiguration,
  LoggingConfiguration,
  TracingConfiguration,
  DescribeStateMachineCommandOutput,
} from '@aws-sdk/client-sfn';
import type { Connection } from '../api-client/connection.ts';
import {
  type Desired,
  type DesiredAlias,
  type DesiredMachine,
  type DesiredVersion,
  VERSION_PREFIX,
} from './desired.ts';
import { type DiffLine, diffLines } from './diff.ts';

/** One thing that a deployment will do, told before it is done. */
export interface Change {
  readonly title: string;
  readonly lines: readonly DiffLine[];
  apply(): Promise<void>;
}

export interface Plan {
  readonly changes: readonly Change[];
  readonly problems: readonly string[];
}

export interface Place {
  readonly region: string;
  readonly accountId: string;
}

/** Compares what is wanted with what is there. What is there and not wanted is nobody's business here. */
export async function planDeployment(connection: Connection, place: Place, desired: Desired): Promise<Plan> {
  const planner = new Planner(connection, place);
  await planner.activities(desired);
  for (const machine of desired.machines) await planner.machine(machine);
  for (const version of desired.versions) await planner.version(version);
  for (const alias of desired.aliases) await planner.alias(alias);
  return planner.plan();
}

class Planner {
  readonly #connection: Connection;
  readonly #place: Place;
  readonly #changes: Change[] = [];
  readonly #problems: string[] = [];
  /** Machines that will have another revision. */
  readonly #revised = new Set<string>();
  /** Versions that are there or will have been published when aliases are made, by their id. */
  readonly #versions = new Map<string, string>();

  constructor(connection: Connection, place: Place) {
    this.#connection = connection;
    this.#place = place;
  }

  plan(): Plan {
    return { changes: this.#changes, problems: this.#problems };
  }

  async activities({ activities }: Desired): Promise<void> {
    const { sdk, client } = this.#connection;
    for (const { name } of activities) {
      const { region, accountId } = this.#place;
      const activityArn = `arn:aws:states:${region}:${accountId}:activity:${name}`;
      const found = await this.#find(() => client.send(new sdk.DescribeActivityCommand({ activityArn })));
      if (found !== null) continue;
      this.#add(`create the activity ${name}`, [], () => client.send(new sdk.CreateActivityCommand({ name })));
    }
  }

  async machine(machine: DesiredMachine): Promise<void> {
    const { sdk, client } = this.#connection;
    const stateMachineArn = this.#machineArn(machine.name);
    const found = await this.#find(() => client.send(new sdk.DescribeStateMachineCommand({ stateMachineArn })));
    if (found === null) {
      this.#revised.add(machine.name);
      const { name, definition, roleArn, type } = machine;
      const tags = Object.entries(machine.tags ?? {}).map(([key, value]) => ({ key, value }));
      const create = { name, definition, roleArn, type, ...configurations(machine), tags };
      this.#add(`create the state machine ${machine.name}`, diffLines('', shownMachine(machine)), () =>
        client.send(new sdk.CreateStateMachineCommand(create)),
      );
      return;
    }
    if (found.type !== machine.type) {
      this.#problems.push(`${machine.name} is ${found.type}: its type cannot be changed to ${machine.type}.`);
      return;
    }
    const [before, after] = [shownFound(found, machine), shownMachine({ ...machine, tags: {} })];
    if (before !== after) {
      this.#revised.add(machine.name);
      const { definition, roleArn } = machine;
      const update = { stateMachineArn, definition, roleArn, ...configurations(machine) };
      this.#add(`update the state machine ${machine.name}`, diffLines(before, after), () =>
        client.send(new sdk.UpdateStateMachineCommand(update)),
      );
    }
    await this.#tags(machine.name, stateMachineArn, machine.tags);
  }

  async #tags(name: string, resourceArn: string, wanted: Readonly<Record<string, string>> | undefined): Promise<void> {
    if (wanted === undefined) return;
    const { sdk, client } = this.#connection;
    const { tags = [] } = await client.send(new sdk.ListTagsForResourceCommand({ resourceArn }));
    const before = new Map(tags.map(({ key = '', value = '' }) => [key, value]));
    const set = Object.entries(wanted).filter(([key, value]) => before.get(key) !== value);
    const gone = [...before.keys()].filter((key) => !Object.hasOwn(wanted, key));
    if (set.length === 0 && gone.length === 0) return;
    const text = (all: Iterable<readonly [string, string]>): string =>
      Array.from(all, ([key, value]) => `${key}=${value}`)
        .toSorted()
        .join('\n');
    this.#add(`tag the state machine ${name}`, diffLines(text(before), text(Object.entries(wanted))), async () => {
      if (gone.length > 0) await client.send(new sdk.UntagResourceCommand({ resourceArn, tagKeys: gone }));
      const added = set.map(([key, value]) => ({ key, value }));
      if (added.length > 0) await client.send(new sdk.TagResourceCommand({ resourceArn, tags: added }));
    });
  }

  async version({ id, machine, description }: DesiredVersion): Promise<void> {
    const { sdk, client } = this.#connection;
    const stateMachineArn = this.#machineArn(machine);
    const present = this.#revised.has(machine) ? null : await this.#presentVersion(stateMachineArn);
    if (present !== null) {
      this.#versions.set(id, present);
      return;
    }
    const request = { stateMachineArn, ...(description === undefined ? {} : { description }) };
    this.#add(`publish a version of ${machine}`, [], async () => {
      const published = await client.send(new sdk.PublishStateMachineVersionCommand(request));
      this.#versions.set(id, published.stateMachineVersionArn ?? '');
    });
  }

  /** The newest version, where it is the machine's present revision. */
  async #presentVersion(stateMachineArn: string): Promise<string | null> {
    const { sdk, client } = this.#connection;
    const { stateMachineVersions: [newest] = [] } = await client.send(
      new sdk.ListStateMachineVersionsCommand({ stateMachineArn, maxResults: 1 }),
    );
    const versionArn = newest?.stateMachineVersionArn;
    if (versionArn === undefined) return null;
    const [machine, version] = await Promise.all(
      [stateMachineArn, versionArn].map((arn) =>
        client.send(new sdk.DescribeStateMachineCommand({ stateMachineArn: arn })),
      ),
    );
    return machine?.revisionId === version?.revisionId ? versionArn : null;
  }

  async alias({ name, machine, description, routes }: DesiredAlias): Promise<void> {
    const { sdk, client } = this.#connection;
    const stateMachineAliasArn = `${this.#machineArn(machine)}:${name}`;
    const found = await this.#find(() =>
      client.send(new sdk.DescribeStateMachineAliasCommand({ stateMachineAliasArn })),
    );
    const shown = (all: ReadonlyArray<{ version: string; weight: number }>): string =>
      all.map(({ version, weight }) => `${weight} % ${this.#shownVersion(version)}`).join('\n');
    const before = (found?.routingConfiguration ?? []).map(({ stateMachineVersionArn = '', weight = 0 }) => {
      return { version: stateMachineVersionArn, weight };
    });
    const isSame = found !== null && (description === undefined || found.description === description);
    if (isSame && shown(before) === shown(routes)) return;
    const title = `${found === null ? 'create' : 'update'} the alias ${name} of ${machine}`;
    this.#add(title, diffLines(shown(before), shown(routes)), () => {
      const routingConfiguration = routes.map(({ version, weight }) => {
        return { stateMachineVersionArn: this.#versionArn(version), weight };
      });
      const request = { routingConfiguration, ...(description === undefined ? {} : { description }) };
      return found === null
        ? client.send(new sdk.CreateStateMachineAliasCommand({ name, ...request }))
        : client.send(new sdk.UpdateStateMachineAliasCommand({ stateMachineAliasArn, ...request }));
    });
  }

  #versionArn(version: string): string {
    if (!version.startsWith(VERSION_PREFIX)) return version;
    return this.#versions.get(version.slice(VERSION_PREFIX.length)) ?? version;
  }

  #shownVersion(version: string): string {
    const arn = this.#versionArn(version);
    return arn.startsWith(VERSION_PREFIX) ? 'the version that is published now' : arn;
  }

  #machineArn(name: string): string {
    return `arn:aws:states:${this.#place.region}:${this.#place.accountId}:stateMachine:${name}`;
  }

  #add(title: string, lines: readonly DiffLine[], work: () => Promise<unknown>): void {
    this.#changes.push({
      title,
      lines: lines.filter(({ text }) => text !== ''),
      apply: async () => {
        await work();
      },
    });
  }

  async #find<Found>(describe: () => Promise<Found>): Promise<Found | null> {
    try {
      return await describe();
    } catch (error) {
      if (error instanceof Error && ABSENT.has(error.name)) return null;
      throw error;
    }
  }
}

const ABSENT = new Set(['StateMachineDoesNotExist', 'ActivityDoesNotExist', 'ResourceNotFound']);

interface Configurations {
  readonly loggingConfiguration?: LoggingConfiguration;
  readonly tracingConfiguration?: TracingConfiguration;
  readonly encryptionConfiguration?: EncryptionConfiguration;
}

/** The server checks what is inside. */
function configurations(machine: DesiredMachine): Configurations {
  const { loggingConfiguration, tracingConfiguration, encryptionConfiguration } = machine;
  return {
    ...(loggingConfiguration === undefined ? {} : { loggingConfiguration }),
    ...(tracingConfiguration === undefined ? {} : { tracingConfiguration }),
    ...(encryptionConfiguration === undefined
      ? {}
      : { encryptionConfiguration: { type: undefined, ...encryptionConfiguration } }),
  };
}

/** A machine as people compare it: one JSON text, members in one order. */
function shownMachine({ definition, roleArn, type, tags = {}, ...machine }: DesiredMachine): string {
  const { loggingConfiguration, tracingConfiguration, encryptionConfiguration } = machine;
  const shown = { type, roleArn, loggingConfiguration, tracingConfiguration, encryptionConfiguration };
  const tagged = Object.keys(tags).length === 0 ? {} : { tags };
  return JSON.stringify(sorted({ ...shown, ...tagged, definition: documentOf(definition) }), null, 2);
}

/** As much of what is there as is wanted of it: the rest is left as it is. */
function shownFound(found: DescribeStateMachineCommandOutput, wanted: DesiredMachine): string {
  const { definition = '', roleArn = '', loggingConfiguration, tracingConfiguration, encryptionConfiguration } = found;
  const kept = (present: object | undefined, mine: object | undefined): object | undefined =>
    mine === undefined ? undefined : { ...defaultsOf(mine, present) };
  return shownMachine({
    name: wanted.name,
    type: wanted.type,
    definition,
    roleArn,
    ...present('loggingConfiguration', kept(loggingConfiguration, wanted.loggingConfiguration)),
    ...present('tracingConfiguration', kept(tracingConfiguration, wanted.tracingConfiguration)),
    ...present('encryptionConfiguration', kept(encryptionConfiguration, wanted.encryptionConfiguration)),
  });
}

/** Members that the server fills in by itself are no difference. */
function defaultsOf(mine: object, found: object | undefined): object {
  const members = new Set(Object.keys(mine));
  return Object.fromEntries(Object.entries(found ?? {}).filter(([name]) => members.has(name)));
}

function present<Name extends string>(name: Name, value: object | undefined): { readonly [Key in Name]?: object } {
  const members: { [Key in Name]?: object } = {};
  if (value !== undefined) members[name] = value;
  return members;
}

/** The order of members says nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)]));
}

function documentOf(definition: string): unknown {
  try {
    return JSON.parse(definition);
  } catch {
    // The server will say what is wrong with it.
    return definition;
  }
}
