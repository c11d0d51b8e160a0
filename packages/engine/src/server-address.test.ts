import { expect, test } from 'vitest';
import { parseServerAddress } from './server-address.ts';

test('several hosts, with and without ports, names and passwords', () => {
  expect(parseServerAddress('redis+cluster://a:7000,b.example,[::1]:7002', 6_379)).toEqual({
    ...{ scheme: 'redis+cluster', username: null, password: null },
    hosts: [
      { host: 'a', port: 7_000 },
      { host: 'b.example', port: 6_379 },
      { host: '::1', port: 7_002 },
    ],
  });
  const secret = { username: null, password: 'p:@ /' };
  expect(parseServerAddress('rediss+cluster://:p%3A%40%20%2F@10.0.0.1/', 6_379)).toMatchObject(secret);
  expect(parseServerAddress('rediss+cluster://:p:%40%20%2F@10.0.0.1', 6_379)).toMatchObject(secret);
  expect(parseServerAddress('x://us%C3%A9r:pw@h', 1)).toMatchObject({ username: 'usér', password: 'pw' });
  expect(parseServerAddress('x://user@h', 1)).toMatchObject({ username: 'user', password: null });
  expect(parseServerAddress('x://@h', 1)).toMatchObject({ username: null, password: null });
});

test.each([
  '',
  'a:7000',
  'x://',
  'x://,',
  'x://a,',
  'x://a:0',
  'x://a:65536',
  'x://a:port',
  'x://a b',
  'x://a/1',
  'x://a?b',
])('%j is no address of servers', (text) => {
  expect(parseServerAddress(text, 1)).toBeNull();
});

test('what is badly encoded is none', () => {
  expect(parseServerAddress('x://:%E0%A4%A@a', 1)).toBeNull();
});
