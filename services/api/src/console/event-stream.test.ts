import { once } from 'node:events';
import { type Server, type ServerResponse, createServer } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EventStream } from './event-stream.ts';

let server: Server;
let client: Socket;
let response: ServerResponse;
const never = new AbortController().signal;

beforeEach(async () => {
  server = createServer();
  const asked = new Promise<ServerResponse>((resolve) => server.once('request', (_request, answer) => resolve(answer)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  client = connect(port, '127.0.0.1', () => client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'));
  client.on('error', () => undefined);
  response = await asked;
});
afterEach(async () => {
  client.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

it('of a browser that left before it was opened is over at once', async () => {
  const closed = once(response, 'close');
  client.destroy();
  await closed;
  const stream = new EventStream(response, {}, never);
  expect(stream.gone.aborted).toBe(true);
  await stream.send('events', 'x'.repeat(100_000));
  stream.end();
});

it('to a browser that does not read waits until it leaves', async () => {
  const stream = new EventStream(response, {}, never);
  client.pause();
  const sent = stream.send('events', 'x'.repeat(20_000_000));
  client.destroy();
  await sent;
  expect(stream.gone.aborted).toBe(true);
  stream.end();
});

it('to a browser that does not read ends when the server closes', async () => {
  const closing = new AbortController();
  const stream = new EventStream(response, {}, closing.signal);
  client.pause();
  const sent = stream.send('events', 'x'.repeat(20_000_000));
  closing.abort();
  await sent;
  expect(stream.gone.aborted).toBe(false);
  stream.end();
});
