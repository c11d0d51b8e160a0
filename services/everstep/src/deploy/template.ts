import { dirname, resolve } from 'node:path';
import { readDefinition } from '../definition/definition-file.ts';
import { StartError } from '../start-error.ts';
import {
  type Desired,
  type DesiredAlias,
  type DesiredMachine,
  type DesiredVersion,
  VERSION_PREFIX,
} from './desired.ts';
import { type ResolverOptions, TemplateResolver } from './template-resolver.ts';
import { isTemplateObject, objectOf, scalarText, type TemplateObject, type TemplateValue } from './template-value.ts';

/** What a CloudFormation, SAM or CDK-synthesised template wants of Step Functions. */
export async function readTemplate(path: string, options: ResolverOptions): Promise<Desired> {
  const reading = new TemplateReading(path, options);
  for (const [logicalId, value] of Object.entries(objectOf(options.template['Resources']))) {
    const resource = objectOf(value);
    if (reading.resolver.isWanted(resource)) await reading.read(logicalId, resource);
  }
  return reading.result();
}

/** Resources that only name something here. */
const NAMES_ONLY = new Set([
  'AWS::IAM::Role',
  'AWS::Lambda::Function',
  'AWS::Serverless::Function',
  'AWS::Logs::LogGroup',
]);
const SILENT = new Set(['AWS::CDK::Metadata']);

class TemplateReading {
  readonly resolver: TemplateResolver;
  readonly #path: string;
  readonly #accountId: string;
  readonly #machines: DesiredMachine[] = [];
  readonly #activities: Array<{ name: string }> = [];
  readonly #versions: DesiredVersion[] = [];
  readonly #aliases: DesiredAlias[] = [];
  readonly #notes: string[] = [];
  readonly #problems: string[] = [];

  constructor(path: string, options: ResolverOptions) {
    this.#path = path;
    this.#accountId = options.accountId;
    this.resolver = new TemplateResolver(options);
  }

  result(): Desired {
    const problems = [...this.#problems, ...this.resolver.problems];
    return {
      machines: this.#machines,
      activities: this.#activities,
      versions: this.#versions,
      aliases: this.#aliases,
      notes: this.#notes,
      problems,
    };
  }

  async read(logicalId: string, { Type: type, Properties: given }: TemplateObject): Promise<void> {
    const properties = objectOf(given);
    switch (type) {
      case 'AWS::StepFunctions::StateMachine':
        return this.#readMachine(logicalId, properties, CLOUDFORMATION);
      case 'AWS::Serverless::StateMachine':
        await this.#readMachine(logicalId, properties, SERVERLESS);
        return this.#readServerlessAlias(logicalId, properties);
      case 'AWS::StepFunctions::Activity':
        this.#activities.push({ name: this.resolver.nameOf(logicalId) });
        return this.#noteUnread(logicalId, properties, ['Name']);
      case 'AWS::StepFunctions::StateMachineVersion':
        return this.#readVersion(logicalId, properties);
      case 'AWS::StepFunctions::StateMachineAlias':
        return this.#readAlias(logicalId, properties);
      default:
        if (typeof type !== 'string' || SILENT.has(type)) return undefined;
        this.#notes.push(`${logicalId} (${type}) is ${NAMES_ONLY.has(type) ? 'only a name here' : 'not deployed'}.`);
        return undefined;
    }
  }

  async #readMachine(logicalId: string, properties: TemplateObject, members: MachineMembers): Promise<void> {
    this.#noteUnread(logicalId, properties, [...Object.values(members), ...COMMON, 'AutoPublishAlias']);
    const definition = await this.#definition(logicalId, properties, members);
    if (definition === null) return;
    const name = this.resolver.nameOf(logicalId);
    const type = this.resolver.text(properties[members.type]) ?? 'STANDARD';
    if (type !== 'STANDARD' && type !== 'EXPRESS') {
      this.#problems.push(`${logicalId}: ${type} is no type of state machine.`);
      return;
    }
    const roleArn =
      this.resolver.text(properties[members.role]) ?? `arn:aws:iam::${this.#accountId}:role/${logicalId}Role`;
    const part = (member: string): object | undefined => {
      const value = this.resolver.resolve(properties[member]);
      return isTemplateObject(value) ? asApi(value) : undefined;
    };
    this.#machines.push({
      ...{ name, definition, roleArn, type },
      ...optional('loggingConfiguration', part(members.logging)),
      ...optional('tracingConfiguration', part(members.tracing)),
      ...optional('encryptionConfiguration', part('EncryptionConfiguration')),
      ...optional('tags', tagsOf(this.resolver.resolve(properties['Tags']))),
    });
  }

  /** JSON text; null where there is none, which is then a problem. */
  async #definition(logicalId: string, properties: TemplateObject, members: MachineMembers): Promise<string | null> {
    const substitutions = objectOf(this.resolver.resolve(properties['DefinitionSubstitutions']));
    const written = this.resolver.text(properties['DefinitionString']);
    const document = this.resolver.resolve(properties['Definition']);
    const location = this.resolver.resolve(properties[members.location]);
    if (written !== undefined) return substituted(written, substitutions);
    if (isTemplateObject(document)) return substituted(JSON.stringify(document), substitutions);
    if (typeof location !== 'string') {
      const why = location === undefined ? 'it has no definition' : `${members.location} is not a local file`;
      this.#problems.push(`${logicalId}: ${why}.`);
      return null;
    }
    const file = await readDefinition(resolve(dirname(this.#path), location));
    const [problem] = file.problems;
    if (problem !== undefined || file.json === null)
      throw new StartError(`${file.name}: ${problem?.message ?? 'no definition'}`);
    return substituted(file.json, substitutions);
  }

  #readVersion(logicalId: string, properties: TemplateObject): void {
    this.#noteUnread(logicalId, properties, ['StateMachineArn', 'Description', 'StateMachineRevisionId']);
    const arn = this.resolver.text(properties['StateMachineArn']) ?? '';
    const description = this.resolver.text(properties['Description']);
    this.#versions.push({ id: logicalId, machine: machineName(arn), ...optional('description', description) });
  }

  #readAlias(logicalId: string, properties: TemplateObject): void {
    this.#noteUnread(logicalId, properties, ['Name', 'Description', 'RoutingConfiguration', 'DeploymentPreference']);
    const preference = objectOf(this.resolver.resolve(properties['DeploymentPreference']));
    const routing = this.resolver.resolve(properties['RoutingConfiguration']);
    const routes = (Array.isArray(routing) ? routing : []).map((value) => {
      const { StateMachineVersionArn: version, Weight: weight } = objectOf(value);
      return { version: scalarText(version ?? ''), weight: Number(weight ?? 0) };
    });
    const { StateMachineVersionArn: target, Type: way } = preference;
    if (typeof target === 'string') {
      routes.push({ version: target, weight: 100 });
      if (way !== undefined && way !== 'ALL_AT_ONCE') {
        this.#notes.push(`${logicalId}: the deployment preference ${scalarText(way)} is done all at once.`);
      }
    }
    const [first] = routes;
    if (first === undefined) {
      this.#problems.push(`${logicalId}: the alias routes nowhere.`);
      return;
    }
    const machine = this.#machineOfVersion(first.version);
    const description = this.resolver.text(properties['Description']);
    const name = this.resolver.text(properties['Name']) ?? logicalId;
    this.#aliases.push({ name, machine, routes, ...optional('description', description) });
  }

  #machineOfVersion(version: string): string {
    const id = version.startsWith(VERSION_PREFIX) ? version.slice(VERSION_PREFIX.length) : null;
    if (id === null) return machineName(version);
    const { template } = this.resolver.options;
    const { Properties: properties } = objectOf(objectOf(template['Resources'])[id]);
    return machineName(this.resolver.text(objectOf(properties)['StateMachineArn']) ?? '');
  }

  #readServerlessAlias(logicalId: string, properties: TemplateObject): void {
    const alias = this.resolver.text(properties['AutoPublishAlias']);
    if (alias === undefined) return;
    const machine = this.resolver.nameOf(logicalId);
    const id = `${logicalId}Version`;
    this.#versions.push({ id, machine });
    this.#aliases.push({ name: alias, machine, routes: [{ version: `${VERSION_PREFIX}${id}`, weight: 100 }] });
  }

  #noteUnread(logicalId: string, properties: TemplateObject, read: readonly string[]): void {
    for (const name of Object.keys(properties)) {
      if (!read.includes(name)) this.#notes.push(`${logicalId}: ${name} is not deployed.`);
    }
  }
}

interface MachineMembers {
  readonly name: string;
  readonly role: string;
  readonly type: string;
  readonly logging: string;
  readonly tracing: string;
  readonly location: string;
}

const COMMON = ['DefinitionString', 'Definition', 'DefinitionSubstitutions', 'EncryptionConfiguration', 'Tags'];

const CLOUDFORMATION: MachineMembers = {
  name: 'StateMachineName',
  role: 'RoleArn',
  type: 'StateMachineType',
  logging: 'LoggingConfiguration',
  tracing: 'TracingConfiguration',
  location: 'DefinitionS3Location',
};

const SERVERLESS: MachineMembers = {
  name: 'Name',
  role: 'Role',
  type: 'Type',
  logging: 'Logging',
  tracing: 'Tracing',
  location: 'DefinitionUri',
};

function optional<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [Key in Name]?: Value } {
  const members: { [Key in Name]?: Value } = {};
  if (value !== undefined) members[name] = value;
  return members;
}

/** `${Name}` in a definition means what DefinitionSubstitutions says; other such texts stay. */
function substituted(definition: string, substitutions: TemplateObject): string {
  return definition.replaceAll(/\$\{([\w.:-]+)\}/g, (whole, name: string) => {
    if (!Object.hasOwn(substitutions, name)) return whole;
    const value = substitutions[name];
    // Inside of JSON text: what a quoted value would be, without its quotes.
    return typeof value === 'string' ? JSON.stringify(value).slice(1, -1) : JSON.stringify(value);
  });
}

/** CloudFormation's `LogGroupArn` is the API's `logGroupArn`. */
function asApi(value: TemplateObject): object {
  const member = (inner: TemplateValue): unknown =>
    Array.isArray(inner) ? inner.map(member) : isTemplateObject(inner) ? asApi(inner) : booleanOf(inner);
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name.charAt(0).toLowerCase() + name.slice(1), member(inner)]),
  );
}

/** Parameters are texts. */
function booleanOf(value: TemplateValue): TemplateValue {
  return value === 'true' || value === 'false' ? value === 'true' : value;
}

/** A list of Key and Value, or SAM's map. */
function tagsOf(value: TemplateValue | undefined): Record<string, string> | undefined {
  if (Array.isArray(value)) {
    return Object.fromEntries(value.map((tag) => [tagText(tag, 'Key'), tagText(tag, 'Value')]));
  }
  if (!isTemplateObject(value)) return undefined;
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, scalarText(text)]));
}

function tagText(tag: TemplateValue, member: string): string {
  return scalarText(objectOf(tag)[member] ?? '');
}

function machineName(arn: string): string {
  return arn.split(':')[6] ?? '';
}
