import { requireArn } from '../arn.ts';
import { integer, number, required } from '../constraints.ts';
import { type EmptyOutput, defineOperation } from '../operation.ts';
import { LONG_ARN } from '../shapes.ts';

export interface UpdateMapRunInput {
  readonly mapRunArn: string;
  readonly maxConcurrency?: number;
  readonly toleratedFailurePercentage?: number;
  readonly toleratedFailureCount?: number;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateMapRun.html */
export const updateMapRun = defineOperation<UpdateMapRunInput, EmptyOutput>({
  name: 'UpdateMapRun',
  members: (member) => ({
    mapRunArn: member('mapRunArn', required(LONG_ARN, '')),
    maxConcurrency: member('maxConcurrency', integer({ min: 0 })),
    toleratedFailurePercentage: member('toleratedFailurePercentage', number({ min: 0, max: 100 })),
    toleratedFailureCount: member('toleratedFailureCount', integer({ min: 0 })),
  }),
  check: (input) => requireArn(input.mapRunArn, 'mapRun'),
});
