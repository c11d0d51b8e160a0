import { VERSION_PREFIX } from './desired.ts';
import { isTemplateObject, objectOf, scalarText, type TemplateObject, type TemplateValue } from './template-value.ts';

export interface ResolverOptions {
  readonly template: TemplateObject;
  /** `NAME=VALUE` of parameters, and `RESOURCE.ATTRIBUTE=VALUE` of what cannot be known here. */
  readonly given: ReadonlyMap<string, string>;
  readonly region: string;
  readonly accountId: string;
}

/** A value that is left out: `AWS::NoValue`. */
const NO_VALUE = Symbol('AWS::NoValue');

/** Works out what a template's functions mean, as far as that can be known without AWS; the rest are problems. */
export class TemplateResolver {
  readonly problems = new Set<string>();
  readonly options: ResolverOptions;
  readonly #resources: TemplateObject;

  constructor(options: ResolverOptions) {
    this.options = options;
    this.#resources = objectOf(options.template['Resources']);
  }

  /** The value with every function replaced by what it means; undefined: none. */
  resolve(value: TemplateValue | undefined): TemplateValue | undefined {
    if (value === undefined) return undefined;
    const found = this.#value(value);
    return found === NO_VALUE ? undefined : found;
  }

  text(value: TemplateValue | undefined): string | undefined {
    const found = this.resolve(value);
    return found === undefined || found === null ? undefined : scalarText(found);
  }

  isWanted(resource: TemplateObject): boolean {
    const { Condition: condition } = resource;
    return typeof condition !== 'string' || this.#condition(condition);
  }

  /** The name that a resource has or, as it is unknown, that its logical id gives it. */
  nameOf(logicalId: string): string {
    const { Type: type, Properties: given } = objectOf(this.#resources[logicalId]);
    const member = typeof type === 'string' ? NAMES.get(type) : undefined;
    const properties = objectOf(given);
    return (member === undefined ? undefined : this.text(properties[member])) ?? logicalId;
  }

  #value(value: TemplateValue): TemplateValue | typeof NO_VALUE {
    if (Array.isArray(value)) return value.map((item) => this.#value(item)).filter((item) => item !== NO_VALUE);
    if (!isTemplateObject(value)) return value;
    const [[name, argument] = [], ...others] = Object.entries(value);
    if (name !== undefined && argument !== undefined && others.length === 0) {
      if (name === 'Ref') return this.#reference(scalarText(argument));
      if (name.startsWith('Fn::')) return this.#call(name, argument);
    }
    const members = Object.entries(value).flatMap(([member, given]) => {
      const found = this.#value(given);
      return found === NO_VALUE ? [] : [[member, found] as const];
    });
    return Object.fromEntries(members);
  }

  #call(name: string, argument: TemplateValue): TemplateValue | typeof NO_VALUE {
    const list = Array.isArray(argument) ? argument : [argument];
    switch (name) {
      case 'Fn::Sub':
        return this.#substitute(list);
      case 'Fn::GetAtt':
        return this.#attribute(typeof argument === 'string' ? argument : list.map(scalarText).join('.'));
      case 'Fn::Join': {
        const parts = this.resolve(list[1]);
        return (Array.isArray(parts) ? parts : []).map(scalarText).join(scalarText(list[0] ?? ''));
      }
      case 'Fn::Select': {
        const items = this.resolve(list[1]);
        return (
          (Array.isArray(items) ? items[Number(list[0])] : undefined) ??
          this.#unknown(JSON.stringify({ [name]: argument }))
        );
      }
      case 'Fn::Split':
        return (this.text(list[1]) ?? '').split(scalarText(list[0] ?? ''));
      case 'Fn::If':
        return this.#value((this.#condition(scalarText(list[0] ?? '')) ? list[1] : list[2]) ?? null);
      case 'Fn::FindInMap': {
        const [map, first, second] = list.map((part) => this.text(part) ?? '');
        const found = objectOf(objectOf(objectOf(this.options.template['Mappings'])[map ?? ''])[first ?? ''])[
          second ?? ''
        ];
        return found ?? this.#unknown(`the mapping ${map}.${first}.${second}`);
      }
      default:
        return this.#unknown(`${name} ${JSON.stringify(argument)}`);
    }
  }

  #substitute([template, names]: readonly TemplateValue[]): string {
    const own = objectOf(names);
    return scalarText(template ?? '').replaceAll(/\$\{([^}]*)\}/g, (whole, inside: string) => {
      if (inside.startsWith('!')) return `\${${inside.slice(1)}}`;
      const name = inside.trim();
      if (Object.hasOwn(own, name)) return this.text(own[name]) ?? '';
      const found = name.includes('.') ? this.#attribute(name) : this.#reference(name);
      return found === NO_VALUE ? whole : scalarText(found);
    });
  }

  #reference(name: string): TemplateValue | typeof NO_VALUE {
    const { region, accountId, given, template } = this.options;
    if (name === 'AWS::NoValue') return NO_VALUE;
    const pseudo = new Map([
      ['AWS::Region', region],
      ['AWS::AccountId', accountId],
      ['AWS::Partition', 'aws'],
      ['AWS::URLSuffix', 'amazonaws.com'],
      ['AWS::StackName', 'everstep'],
    ]).get(name);
    const chosen = given.get(name) ?? pseudo;
    if (chosen !== undefined) return chosen;
    const parameter = objectOf(template['Parameters'])[name];
    if (parameter !== undefined) {
      return objectOf(parameter)['Default'] ?? this.#unknown(`the parameter ${name}`, `--parameter ${name}=VALUE`);
    }
    const { Type: type } = objectOf(this.#resources[name]);
    if (type === 'AWS::StepFunctions::StateMachineVersion') return `${VERSION_PREFIX}${name}`;
    if (typeof type === 'string' && BY_ARN.has(type)) return this.#attribute(`${name}.Arn`);
    if (typeof type === 'string' && NAMES.has(type)) return this.nameOf(name);
    return this.#unknown(`Ref ${name}`, `--parameter ${name}=VALUE`);
  }

  #attribute(path: string): string {
    const { given, region, accountId } = this.options;
    const chosen = given.get(path);
    if (chosen !== undefined) return chosen;
    const [logicalId = '', attribute] = path.split('.');
    const { Type: type } = objectOf(this.#resources[logicalId]);
    const name = this.nameOf(logicalId);
    if (attribute === 'Name' && typeof type === 'string' && NAMES.has(type)) return name;
    if (attribute === 'Arn') {
      switch (type) {
        case 'AWS::StepFunctions::StateMachine':
        case 'AWS::Serverless::StateMachine':
          return `arn:aws:states:${region}:${accountId}:stateMachine:${name}`;
        case 'AWS::StepFunctions::Activity':
          return `arn:aws:states:${region}:${accountId}:activity:${name}`;
        case 'AWS::IAM::Role':
          return `arn:aws:iam::${accountId}:role/${name}`;
        case 'AWS::Lambda::Function':
        case 'AWS::Serverless::Function':
          return `arn:aws:lambda:${region}:${accountId}:function:${name}`;
        case 'AWS::Logs::LogGroup':
          return `arn:aws:logs:${region}:${accountId}:log-group:${name}:*`;
        case 'AWS::SQS::Queue':
          return `arn:aws:sqs:${region}:${accountId}:${name}`;
        case 'AWS::DynamoDB::Table':
          return `arn:aws:dynamodb:${region}:${accountId}:table/${name}`;
        case 'AWS::SNS::Topic':
          return `arn:aws:sns:${region}:${accountId}:${name}`;
        default:
          break;
      }
    }
    this.#unknown(path, `--parameter ${path}=VALUE`);
    return '';
  }

  #condition(name: string): boolean {
    const condition = objectOf(this.options.template['Conditions'])[name];
    if (condition !== undefined) return this.#holds(condition);
    this.#unknown(`the condition ${name}`);
    return false;
  }

  #holds(condition: TemplateValue): boolean {
    const [[name, argument] = []] = Object.entries(objectOf(condition));
    const list = Array.isArray(argument) ? argument : [];
    switch (name) {
      case 'Fn::Equals':
        return this.text(list[0]) === this.text(list[1]);
      case 'Fn::Not':
        return !this.#holds(list[0] ?? null);
      case 'Fn::And':
        return list.every((part) => this.#holds(part));
      case 'Fn::Or':
        return list.some((part) => this.#holds(part));
      case 'Condition':
        return this.#condition(scalarText(argument ?? ''));
      default:
        this.#unknown(`the condition ${JSON.stringify(condition)}`);
        return false;
    }
  }

  #unknown(what: string, remedy?: string): string {
    this.problems.add(`${what} cannot be known here${remedy === undefined ? '.' : `: give it by ${remedy}.`}`);
    return '';
  }
}

/** Types whose name is known, by the property that says it. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['AWS::StepFunctions::StateMachine', 'StateMachineName'],
  ['AWS::Serverless::StateMachine', 'Name'],
  ['AWS::StepFunctions::Activity', 'Name'],
  ['AWS::IAM::Role', 'RoleName'],
  ['AWS::Lambda::Function', 'FunctionName'],
  ['AWS::Serverless::Function', 'FunctionName'],
  ['AWS::Logs::LogGroup', 'LogGroupName'],
  ['AWS::SQS::Queue', 'QueueName'],
  ['AWS::DynamoDB::Table', 'TableName'],
  ['AWS::SNS::Topic', 'TopicName'],
  ['AWS::S3::Bucket', 'BucketName'],
]);

/** Types whose Ref is their ARN. */
const BY_ARN = new Set([
  ...['AWS::StepFunctions::StateMachine', 'AWS::Serverless::StateMachine', 'AWS::StepFunctions::Activity'],
  'AWS::SNS::Topic',
]);
