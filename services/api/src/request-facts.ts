import type { FastifyRequest } from 'fastify';
import type { RequestFacts } from './api-context.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Made when it is first asked for: {@link factsOf}. */
    facts: RequestFacts | null;
  }
}

/** What is known of a request by now. */
export function factsOf(request: FastifyRequest): RequestFacts {
  request.facts ??= {};
  return request.facts;
}

/** Operation, error, execution and key; what else is known of a request is not for the log. */
export function loggedFacts(request: FastifyRequest): Omit<RequestFacts, 'access' | 'isIdlePoll'> {
  const { access: _access, isIdlePoll: _isIdlePoll, ...logged } = factsOf(request);
  return logged;
}

/** As one text where it comes several times. */
export function headerText(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}
