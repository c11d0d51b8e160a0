import { requireTaggableArn } from '../arn.ts';
import { required } from '../constraints.ts';
import { type EmptyOutput, defineOperation } from '../operation.ts';
import { ARN, TAGS, type Tag } from '../shapes.ts';

export interface TagResourceInput {
  /** Of a state machine or an activity. */
  readonly resourceArn: string;
  readonly tags: readonly Tag[];
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_TagResource.html */
export const tagResource = defineOperation<TagResourceInput, EmptyOutput>({
  name: 'TagResource',
  members: (member) => ({
    resourceArn: member('resourceArn', required(ARN, '')),
    tags: member('tags', required(TAGS, [])),
  }),
  check: (input) => requireTaggableArn(input.resourceArn),
});
