import { requireTaggableArn } from '../arn.ts';
import { required } from '../constraints.ts';
import { defineOperation } from '../operation.ts';
import { ARN, type Tag } from '../shapes.ts';

export interface ListTagsForResourceInput {
  /** Of a state machine or an activity. */
  readonly resourceArn: string;
}

export interface ListTagsForResourceOutput {
  readonly tags: readonly Tag[];
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListTagsForResource.html */
export const listTagsForResource = defineOperation<ListTagsForResourceInput, ListTagsForResourceOutput>({
  name: 'ListTagsForResource',
  members: (member) => ({ resourceArn: member('resourceArn', required(ARN, '')) }),
  check: (input) => requireTaggableArn(input.resourceArn),
});
