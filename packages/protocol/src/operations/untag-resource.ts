import { requireTaggableArn } from '../arn.ts';
import { list, required } from '../constraints.ts';
import { type EmptyOutput, defineOperation } from '../operation.ts';
import { ARN, TAG_KEY } from '../shapes.ts';

export interface UntagResourceInput {
  /** Of a state machine or an activity. */
  readonly resourceArn: string;
  readonly tagKeys: readonly string[];
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_UntagResource.html */
export const untagResource = defineOperation<UntagResourceInput, EmptyOutput>({
  name: 'UntagResource',
  members: (member) => ({
    resourceArn: member('resourceArn', required(ARN, '')),
    tagKeys: member('tagKeys', required(list(TAG_KEY), [])),
  }),
  check: (input) => requireTaggableArn(input.resourceArn),
});
