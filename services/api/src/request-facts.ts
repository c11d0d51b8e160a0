import type { FastifyRequest } from 'fastify';
import type { RequestFacts } from './api-context.ts';

const facts = new WeakMap<FastifyRequest, RequestFacts>();

/** What is known of a request by now. */
export function factsOf(request: FastifyRequest): RequestFacts {
  let known = facts.get(request);
  if (known === undefined) {
    known = {};
    facts.set(request, known);
  }
  return known;
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
