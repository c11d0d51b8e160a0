import {
  CreateActivityCommand,
  CreateStateMachineCommand,
  ListTagsForResourceCommand,
  PublishStateMachineVersionCommand,
  ResourceNotFound,
  TagResourceCommand,
  type Tag,
  TooManyTags,
  UntagResourceCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiBench, DEFINITION, PREFIX, ROLE, startApiBench } from '../testing/api-bench.ts';

const ORDERS = `${PREFIX}:stateMachine:orders`;
const WORK = `${PREFIX}:activity:work`;

let bench: ApiBench;
beforeEach(async () => {
  bench = await startApiBench();
  const tags = [{ key: 'team', value: 'a' }];
  await bench.client.send(
    new CreateStateMachineCommand({ name: 'orders', definition: DEFINITION, roleArn: ROLE, tags }),
  );
  await bench.client.send(new CreateActivityCommand({ name: 'work', tags }));
});
afterEach(() => bench.close());

const tag = (resourceArn: string, tags: Tag[]) => bench.client.send(new TagResourceCommand({ resourceArn, tags }));
const untag = (resourceArn: string, tagKeys: string[]) =>
  bench.client.send(new UntagResourceCommand({ resourceArn, tagKeys }));
const list = async (resourceArn: string) =>
  (await bench.client.send(new ListTagsForResourceCommand({ resourceArn }))).tags;
const refusal = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'taken',
    (error: unknown) => error,
  );

describe('tags', () => {
  it.each([ORDERS, WORK])('of %s are those it was created with, added, changed and removed', async (resourceArn) => {
    expect(await list(resourceArn)).toEqual([{ key: 'team', value: 'a' }]);
    await tag(resourceArn, [{ key: 'team', value: 'b' }, { key: 'größe', value: '1 + 1' }, { key: 'empty' }]);
    expect(await list(resourceArn)).toEqual([
      { key: 'empty', value: '' },
      { key: 'größe', value: '1 + 1' },
      { key: 'team', value: 'b' },
    ]);
    await untag(resourceArn, ['empty', 'größe', 'nothing']);
    await untag(resourceArn, []);
    await tag(resourceArn, []);
    expect(await list(resourceArn)).toEqual([{ key: 'team', value: 'b' }]);
  });

  it('are refused where there is nothing to tag: versions have none', async () => {
    await bench.client.send(new PublishStateMachineVersionCommand({ stateMachineArn: ORDERS }));
    for (const resourceArn of [`${ORDERS}:1`, `${ORDERS}s`, `${WORK}s`]) {
      for (const work of [tag(resourceArn, []), untag(resourceArn, ['k']), list(resourceArn)]) {
        const refused = await refusal(work);
        expect(refused).toBeInstanceOf(ResourceNotFound);
        expect(refused).toMatchObject({
          message: `Resource not found: '${resourceArn}'`,
          resourceName: resourceArn,
        });
      }
    }
    await expect(list(`${PREFIX}:execution:orders:run`)).rejects.toMatchObject({ name: 'InvalidArn' });
  });

  it('are fifty at most', async () => {
    const tags = Array.from({ length: 50 }, (_, index) => ({ key: `k${index}`, value: '' }));
    const refused = await refusal(tag(ORDERS, tags));
    expect(refused).toBeInstanceOf(TooManyTags);
    expect(refused).toMatchObject({ resourceName: ORDERS });
    expect(await list(ORDERS)).toHaveLength(1);
    await tag(ORDERS, tags.slice(1));
    expect(await list(ORDERS)).toHaveLength(50);
  });
});
