import {
  type Approval,
  type ApprovalLink,
  ApprovalLinks,
  type EngineContext,
  type Person,
  approvalArnOf,
  commentApproval,
  findApproval,
} from '@everstep/engine';
import { ApiError, approvalArn, operations } from '@everstep/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { toApiError } from '../api-failure.ts';
import { decisionAnswer, descriptionOf } from '../approval-items.ts';
import { parseBody } from '../request-body.ts';
import { factsOf, headerText } from '../request-facts.ts';
import type { ConsoleDoor } from './console-door.ts';
import type { ConsoleParts } from './console-routes.ts';

/**
 * `POST /console/link`: what the page behind a notice's link asks for. The link stands for its recipient; a GET of the page
 * reads nothing and decides nothing, so that scanners of mail may look at it as they like.
 */
export function installApprovalLinks(
  app: FastifyInstance,
  consoleDoor: ConsoleDoor,
  { chain, options, door, sendJson }: ConsoleParts,
): void {
  const engine = options.context;
  const links = new ApprovalLinks(engine.store);
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    consoleDoor.refuseForeign(request);
    // A form of another page cannot send JSON.
    if (!/^application\/json\b/i.test(headerText(request, 'content-type') ?? '')) {
      throw new ApiError('ValidationException', 'The request must be application/json.');
    }
    door.take(null, 'ApprovalLink');
  };
  app.post('/console/link', { onRequest }, async (request, reply) => {
    const asked = readRequest(request);
    const link = await links.read(asked.token, engine.clock.now());
    if (link === null) {
      throw new ApiError(
        'InvalidToken',
        'This link does not work: it was cut, or its time is over. A reminder brings a new one.',
      );
    }
    const approval = await approvalOf(engine, link);
    const answer = (): Promise<string> => answerLink(engine, approval, personOf(link, approval), asked.body);
    if (asked.body.operation === 'Describe') return sendJson(reply, await answer());
    const known = factsOf(request);
    const access = { level: 'Write', action: `everstep:${asked.body.operation}Approval` } as const;
    known.access = { ...access, resource: approvalArnOf(approval.record) };
    let text: string;
    try {
      text = await answer();
    } catch (error) {
      known.errorCode = toApiError(error, request.id).code;
      throw error;
    } finally {
      await chain.record(request, null);
    }
    return sendJson(reply, text);
  });
}

interface LinkBody {
  readonly operation: 'Describe' | 'Decide' | 'Comment';
  readonly input: object;
}

function readRequest(request: FastifyRequest): { readonly token: string; readonly body: LinkBody } {
  const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.from(JSON.stringify(request.body ?? null));
  const body: unknown = parseBody('application/x-amz-json-1.0', raw);
  const members = new Map<string, unknown>(typeof body === 'object' && body !== null ? Object.entries(body) : []);
  const [token, operation, input] = ['token', 'operation', 'input'].map((name) => members.get(name));
  if (typeof token !== 'string') throw new ApiError('ValidationException', "'token' is missing.");
  if (operation !== 'Describe' && operation !== 'Decide' && operation !== 'Comment') {
    throw new ApiError('ValidationException', "'operation' must be Describe, Decide or Comment.");
  }
  return { token, body: { operation, input: typeof input === 'object' && input !== null ? input : {} } };
}

async function approvalOf(engine: EngineContext, link: ApprovalLink): Promise<Approval> {
  const { executionId, taskId } = link;
  const record = await engine.store.findApproval(link);
  const arn = record === null ? approvalArn(engine.settings, executionId, taskId) : approvalArnOf(record);
  return findApproval(engine, arn);
}

/** Whoever was assigned by name decides while that holds; an address that a state names decides by having its mail. */
function personOf({ recipient }: ApprovalLink, { request, progress }: Approval): Person {
  const wasAssigned =
    request.assignees.includes(recipient) ||
    request.escalation?.assignees.includes(recipient) === true ||
    progress.trail.some(({ action, to, user }) => action === 'DELEGATED' && [to, user].includes(recipient));
  return { name: recipient, groups: [], isAnybody: !wasAssigned, byLink: true };
}

async function answerLink(
  engine: EngineContext,
  approval: Approval,
  person: Person,
  { operation, input }: LinkBody,
): Promise<string> {
  const arn = approvalArnOf(approval.record);
  if (operation === 'Describe') {
    return JSON.stringify({ ...descriptionOf(approval, person), recipient: person.name });
  }
  if (operation === 'Decide') {
    const { choice, comment, form } = operations.decideApproval.decode({ ...input, approvalArn: arn });
    const request = { choice, ...(comment === undefined ? {} : { comment }), ...(form === undefined ? {} : { form }) };
    return JSON.stringify(await decisionAnswer(engine, arn, { ...request, person }));
  }
  const { comment } = operations.commentApproval.decode({ ...input, approvalArn: arn });
  await commentApproval(engine, arn, { person, comment });
  return '{}';
}
