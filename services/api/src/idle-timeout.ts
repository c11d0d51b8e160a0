import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** How long a connection is silent before TCP asks whether the other side is still there, in milliseconds. */
const PROBE_MS = 60_000;

/** How many answers each connection waits for without a limit: requests may be sent before the last is answered. */
const held = new WeakMap<Socket, number>();

/**
 * Lets a connection be silent for as long as its answer takes. What takes the time has a limit of its own: a function's
 * time-out, the five minutes of an Express execution.
 */
export function holdConnection(request: FastifyRequest, reply: FastifyReply): void {
  const { socket } = request.raw;
  held.set(socket, (held.get(socket) ?? 0) + 1);
  socket.setTimeout(0);
  socket.setKeepAlive(true, PROBE_MS);
  reply.raw.once('finish', () => {
    const left = (held.get(socket) ?? 1) - 1;
    held.set(socket, left);
    if (left === 0) socket.setTimeout(request.server.server.timeout);
  });
}
