import { describe, expect, it } from 'vitest';
import {
  type ArnKind,
  aliasArn,
  executionArn,
  machineTarget,
  nameOfArn,
  parseArn,
  parseFunctionName,
  refuseLabel,
  requireArn,
  requireMachineArn,
  stateMachineArn,
  versionArn,
} from './arn.ts';

const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:Orders';

describe('ARNs', () => {
  it('are made and taken apart', () => {
    expect(stateMachineArn({ region: 'us-east-1', accountId: '123456789012' }, 'Orders')).toBe(MACHINE);
    expect(executionArn(MACHINE, 'run-1')).toBe('arn:aws:states:us-east-1:123456789012:execution:Orders:run-1');
    expect(nameOfArn(MACHINE)).toBe('Orders');
    expect(parseArn(`${MACHINE}:7`)).toEqual({
      partition: 'aws',
      region: 'us-east-1',
      accountId: '123456789012',
      kind: 'stateMachine',
      names: ['Orders', '7'],
    });
  });

  it.each<[string, ArnKind]>([
    [MACHINE, 'stateMachine'],
    [`${MACHINE}:7`, 'stateMachine'],
    [`${MACHINE}/Label`, 'stateMachine'],
    ['arn:aws-cn:states:cn-north-1:123456789012:stateMachine:a', 'stateMachine'],
    ['arn:aws:states:us-east-1:123456789012:execution:Orders:run', 'execution'],
    ['arn:aws:states:us-east-1:123456789012:activity:pack', 'activity'],
    ['arn:aws:states:us-east-1:123456789012:mapRun:Orders/Label:id', 'mapRun'],
  ])('%s is one of kind %s', (arn, kind) => {
    expect(() => requireArn(arn, kind)).not.toThrow();
  });

  it.each<[string, ArnKind, string]>([
    ['xyz', 'stateMachine', "Invalid Arn: 'Invalid ARN prefix: xyz'"],
    ['arn:xyz:states:r:123456789012:stateMachine:a', 'stateMachine', 'Invalid partition'],
    ['arn:aws:sqs:us-east-1:123456789012:stateMachine:a', 'stateMachine', 'Invalid service'],
    ['arn:aws:states:us_east:123456789012:stateMachine:a', 'stateMachine', 'Invalid region'],
    ['arn:aws:states:us-east-1:123:stateMachine:a', 'stateMachine', 'Invalid account'],
    ['arn:aws:states:us-east-1:123456789012:stateMachine', 'stateMachine', 'Invalid resource'],
    ['arn:aws:states:us-east-1:123456789012:stateMachine:', 'stateMachine', 'Invalid resource'],
    ['arn:aws:states:us-east-1:123456789012:execution:only', 'execution', 'Invalid resource'],
    ['arn:aws:states:us-east-1:123456789012:execution:a:b:c', 'execution', 'Invalid resource'],
    [MACHINE, 'execution', "Invalid Arn: 'Resource type not valid in this context: stateMachine'"],
    [MACHINE, 'activity', 'Resource type not valid in this context: stateMachine'],
  ])('%s is none of kind %s', (arn, kind, message) => {
    expect(() => requireArn(arn, kind)).toThrow(
      expect.objectContaining({ code: 'InvalidArn', message: expect.stringContaining(message) }),
    );
  });

  it('of versions and aliases are told apart: a number is a version', () => {
    const machine = { stateMachineArn: MACHINE, version: null, alias: null };
    expect(machineTarget(MACHINE)).toEqual(machine);
    expect(machineTarget(versionArn(MACHINE, 12))).toEqual({ ...machine, version: 12 });
    for (const alias of ['LIVE', 'v1', '0', '01', '1.0']) {
      expect(machineTarget(aliasArn(MACHINE, alias))).toEqual({ ...machine, alias });
    }
    for (const qualified of [versionArn(MACHINE, 1), aliasArn(MACHINE, 'LIVE')]) {
      expect(() => requireMachineArn(qualified)).toThrow(expect.objectContaining({ code: 'InvalidArn' }));
    }
  });

  it('with a label are refused where whole machines are wanted', () => {
    expect(() => refuseLabel(`${MACHINE}/Label`)).toThrow(
      expect.objectContaining({
        code: 'ValidationException',
        members: { reason: 'API_DOES_NOT_SUPPORT_LABELED_ARNS' },
      }),
    );
    expect(() => refuseLabel(MACHINE)).not.toThrow();
  });
});

describe('a function name', () => {
  it.each([
    ['f', 'f', undefined],
    ['f:prod', 'f', 'prod'],
    ['000000000001:function:f', 'f', undefined],
    ['000000000001:function:f:7', 'f', '7'],
    ['function', 'function', undefined],
    ['function:prod', 'prod', undefined],
    ['arn:aws:lambda:eu-west-1:000000000001:function:function', 'function', undefined],
    ['arn:aws:lambda:eu-west-1:000000000001:function:function:function', 'function', 'function'],
    ['f:prod:more', 'f:prod:more', undefined],
    ['../f', '../f', undefined],
    ['arn:aws:lambda:eu-west-1:000000000001:function:f', 'f', undefined],
    ['arn:aws:lambda:eu-west-1:000000000001:function:f:$LATEST', 'f', '$LATEST'],
  ])('%s is %s', (text, name, qualifier) => {
    expect(parseFunctionName(text)).toEqual({ name, qualifier });
  });

  it('whose qualifier is said beside it means that one', () => {
    expect(parseFunctionName('f:prod', '7')).toEqual({ name: 'f', qualifier: '7' });
  });
});
