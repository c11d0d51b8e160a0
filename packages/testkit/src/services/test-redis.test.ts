import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { describeWithRedis, startTestRedis } from './test-redis.ts';

describeWithRedis('throw-away Redis', () => {
  test('flush and restart empty it; the address stays', async () => {
    const redis = await startTestRedis({ own: true });
    const client = new Redis(redis.url);
    client.on('error', () => undefined);
    try {
      await client.set('key', '1');
      await redis.flush();
      expect(await client.get('key')).toBeNull();
      await client.set('key', '2');
      await redis.restart();
      expect(await client.get('key')).toBeNull();
    } finally {
      client.disconnect();
      await redis.stop();
    }
  });
});
