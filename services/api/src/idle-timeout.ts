import type { FastifyReply, FastifyRequest } from 'fastify';

/** How long a connection is silent before TCP asks whether the other side is still there, in milliseconds. */
const PROBE_MS = 60_000;

/** Whoever hears of a silent connection decides about it: the server does not close it then. */
const leaveOpen = (): void => undefined;

/**
 * Lets a connection be silent for as long as its answer takes. What takes the time has a limit of its own: a function's
 * time-out, the five minutes of an Express execution. With the answer the connection's own limit begins anew.
 */
export function holdConnection(request: FastifyRequest, reply: FastifyReply): void {
  request.raw.socket.setKeepAlive(true, PROBE_MS);
  reply.raw.on('timeout', leaveOpen);
}
