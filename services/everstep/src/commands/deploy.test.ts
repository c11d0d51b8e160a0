import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeStateMachineAliasCommand,
  DescribeStateMachineCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiRig, everstep, type Said, startApiRig } from '../testing/api-rig.ts';
import { deployCommand } from './deploy.ts';

let rig: ApiRig;
let folder = '';
beforeEach(async () => {
  rig = await startApiRig();
  folder = mkdtempSync(join(tmpdir(), 'everstep-deploy-'));
});
afterEach(async () => {
  await rig.close();
  rmSync(folder, { recursive: true, force: true });
});

const PREFIX = 'arn:aws:states:us-east-1:123456789012';
const PASS = '{"StartAt":"Say","States":{"Say":{"Type":"Pass","Result":1.0,"End":true}}}';

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const deploy = (...words: string[]): Promise<Said> => everstep(deployCommand(), [...words, '--endpoint', rig.url]);
const machine = (name: string) =>
  rig.client.send(new DescribeStateMachineCommand({ stateMachineArn: `${PREFIX}:stateMachine:${name}` }));

describe('everstep deploy, of definitions', () => {
  it('creates, shows what changes, updates, and has nothing more to do', async () => {
    const file = write('orders.asl.json', PASS);
    const shown = await deploy(file, '--dry-run');
    expect(shown).toMatchObject({
      code: 0,
      out: expect.stringMatching(/create the state machine orders[\s\S]*Only shown/),
    });
    await expect(machine('orders')).rejects.toThrow('State Machine Does Not Exist');
    expect(await deploy(file)).toMatchObject({ code: 2, err: expect.stringContaining('--yes') });
    expect(await deploy(file, '--yes')).toMatchObject({ code: 0 });
    expect((await machine('orders')).definition).toBe(PASS);
    expect(await deploy(file, '--yes')).toEqual({ code: 0, out: 'No changes.', err: '' });
    write('orders.asl.json', PASS.replace('Pass', 'Wait').replace('"Result":1.0', '"Seconds":5'));
    const changed = await deploy(file, '--yes');
    expect(changed.out).toMatch(/update the state machine orders[\s\S]* - +"Type": "Pass"[\s\S]* \+ +"Type": "Wait"/);
    expect(await deploy(file)).toMatchObject({ code: 0, out: 'No changes.' });
  });

  it('takes YAML under a name, a role and a type; a type cannot change', async () => {
    const file = write('x.yaml', 'StartAt: Say\nStates: {Say: {Type: Pass, End: true}}\n');
    const words = [file, '--name', 'quick', '--role', 'arn:aws:iam::123456789012:role/mine', '--yes'];
    expect(await deploy(...words, '--type', 'EXPRESS')).toMatchObject({ code: 0 });
    expect(await machine('quick')).toMatchObject({ type: 'EXPRESS', roleArn: 'arn:aws:iam::123456789012:role/mine' });
    expect(await deploy(...words)).toMatchObject({ code: 1, err: expect.stringContaining('type cannot be changed') });
  });

  it('refuses what is neither, and what the server refuses', async () => {
    expect(await deploy(write('a.json', '{}'))).toMatchObject({ code: 2, err: expect.stringContaining('neither') });
    expect(await deploy(write('b.json', '{"a":'))).toMatchObject({ code: 2 });
    const bad = write('bad.json', '{"StartAt":"A","States":{}}');
    expect(await deploy(bad, '--yes')).toMatchObject({ code: 3, err: expect.stringMatching(/^InvalidDefinition: /) });
  });
});

const TEMPLATE = `
Parameters:
  Stage: { Type: String }
  Greeting: { Type: String, Default: hello }
Conditions:
  IsTest: !Equals [!Ref Stage, test]
Resources:
  Worker: { Type: AWS::Lambda::Function, Properties: { FunctionName: !Sub '\${Stage}-worker' } }
  Bucket: { Type: AWS::S3::Bucket }
  Desk: { Type: AWS::StepFunctions::Activity, Properties: { Name: desk } }
  OnlyInProduction: { Type: AWS::StepFunctions::Activity, Condition: IsNot }
  Orders:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      StateMachineName: !Sub orders-\${Stage}
      RoleArn: !GetAtt Role.Arn
      StateMachineType: STANDARD
      TracingConfiguration: { Enabled: true }
      LoggingConfiguration: { Level: 'OFF', IncludeExecutionData: false }
      Tags: [{ Key: stage, Value: !Ref Stage }]
      DefinitionSubstitutions: { Function: !GetAtt Worker.Arn, Word: !If [IsTest, !Ref Greeting, bye] }
      DefinitionString: !Sub
        - |
          {"StartAt":"Call","States":{"Call":{"Type":"Task","Resource":"\${!Function}","Parameters":{"word":"\${!Word}",
          "to":"\${Partner}","desk":"\${Desk}"},"End":true}}}
        - Partner: !Join ['', [a, !Ref 'AWS::Region']]
  Role: { Type: AWS::IAM::Role }
  First: { Type: AWS::StepFunctions::StateMachineVersion, Properties: { StateMachineArn: !Ref Orders } }
  Live:
    Type: AWS::StepFunctions::StateMachineAlias
    Properties:
      Name: live
      RoutingConfiguration: [{ StateMachineVersionArn: !Ref First, Weight: 100 }]
`
  .replace('Condition: IsNot', 'Condition: IsProduction')
  .replace('IsTest: ', 'IsProduction: !Not [!Condition IsTest]\n  IsTest: ');

describe('everstep deploy, of templates', () => {
  it('resolves functions, publishes, routes, and has nothing more to do', async () => {
    const file = write('template.yaml', TEMPLATE);
    const first = await deploy(file, '--parameter', 'Stage=test', '--yes');
    expect([first.code, first.err]).toEqual([0, '']);
    expect(first.out).toContain('note: Bucket (AWS::S3::Bucket) is not deployed.');
    const found = await machine('orders-test');
    expect(found).toMatchObject({
      tracingConfiguration: { enabled: true },
      roleArn: 'arn:aws:iam::123456789012:role/Role',
    });
    expect(JSON.parse(found.definition ?? '').States.Call).toMatchObject({
      Resource: 'arn:aws:lambda:us-east-1:123456789012:function:test-worker',
      Parameters: { word: 'hello', to: 'aus-east-1', desk: `${PREFIX}:activity:desk` },
    });
    const resourceArn = `${PREFIX}:stateMachine:orders-test`;
    const { tags } = await rig.client.send(new ListTagsForResourceCommand({ resourceArn }));
    expect(tags).toEqual([{ key: 'stage', value: 'test' }]);
    const alias = { stateMachineAliasArn: `${resourceArn}:live` };
    const routed = async () =>
      (await rig.client.send(new DescribeStateMachineAliasCommand(alias))).routingConfiguration;
    expect(await routed()).toEqual([{ stateMachineVersionArn: `${resourceArn}:1`, weight: 100 }]);
    const again = await deploy(file, '--parameter', 'Stage=test');
    expect(again).toMatchObject({ code: 0, out: expect.stringMatching(/No changes\.$/) });
    const changed = await deploy(file, '--parameter', 'Stage=test', '--parameter', 'Greeting=hi', '--yes');
    expect(changed.out).toMatch(/update the state machine[\s\S]*publish a version[\s\S]*update the alias live/);
    expect(await routed()).toEqual([{ stateMachineVersionArn: `${resourceArn}:2`, weight: 100 }]);
  });

  it('lists what cannot be known, and changes nothing', async () => {
    const refused = await deploy(write('template.yaml', TEMPLATE), '--yes');
    expect(refused).toMatchObject({
      code: 1,
      err: expect.stringContaining('the parameter Stage cannot be known here: give it by --parameter Stage=VALUE.'),
    });
    await expect(machine('orders-')).rejects.toThrow('State Machine Does Not Exist');
  });

  it('of SAM: a local definition, an alias that is published to, and what is left out', async () => {
    write('def.asl.json', PASS.replace('1.0', '"${Word}"'));
    const properties = {
      ...{ DefinitionUri: 'def.asl.json', DefinitionSubstitutions: { Word: 'a "b"' }, Type: 'EXPRESS' },
      ...{ AutoPublishAlias: 'live', Tags: { team: 'a' }, Events: {}, Tracing: { Enabled: true } },
    };
    const resources = { Quick: { Type: 'AWS::Serverless::StateMachine', Properties: properties } };
    const file = write('sam.json', JSON.stringify({ Transform: 'AWS::Serverless-2016-10-31', Resources: resources }));
    const { code, out } = await deploy(file, '--yes');
    expect([code, out]).toEqual([0, expect.stringContaining('note: Quick: Events is not deployed.')]);
    expect(JSON.parse((await machine('Quick')).definition ?? '').States.Say.Result).toBe('a "b"');
    const alias = { stateMachineAliasArn: `${PREFIX}:stateMachine:Quick:live` };
    expect(await rig.client.send(new DescribeStateMachineAliasCommand(alias))).toMatchObject({ name: 'live' });
    expect(await deploy(file)).toMatchObject({ code: 0, out: expect.stringMatching(/No changes\.$/) });
  });

  it('of CDK: a joined definition', async () => {
    const join = [
      '',
      ['{"StartAt":"S","States":{"S":{"Type":"Task","End":true,"Resource":"', { 'Fn::GetAtt': ['Fn1', 'Arn'] }, '"}}}'],
    ];
    const resources = {
      Fn1: { Type: 'AWS::Lambda::Function', Properties: {} },
      Machine: {
        Type: 'AWS::StepFunctions::StateMachine',
        Properties: { DefinitionString: { 'Fn::Join': join }, RoleArn: { 'Fn::GetAtt': ['MachineRole', 'Arn'] } },
      },
      MachineRole: { Type: 'AWS::IAM::Role' },
      CDKMetadata: { Type: 'AWS::CDK::Metadata' },
    };
    const file = write('stack.template.json', JSON.stringify({ Resources: resources }));
    expect(await deploy(file, '--yes')).toMatchObject({ code: 0, err: '' });
    expect((await machine('Machine')).definition).toContain('function:Fn1');
  });
});
