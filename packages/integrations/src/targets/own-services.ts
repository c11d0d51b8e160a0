import { createBullmqAddJobIntegration } from '../bullmq/add-job.ts';
import { createCommandRunIntegration } from '../command/run.ts';
import { createNatsPublishIntegration } from '../nats/publish.ts';
import { createPostgresQueryIntegration } from '../postgres/query.ts';
import { createRabbitmqPublishIntegration } from '../rabbitmq/publish.ts';
import { createRedisXaddIntegration } from '../redis/xadd.ts';
import { createSmtpSendMailIntegration } from '../smtp/send-mail.ts';
import type { OwnIntegration } from './own-integration.ts';
import type { Targets } from './target.ts';

/** One line a service of the installation's own, by `service:operation`. */
export function createOwnServices(targets: Targets): ReadonlyMap<string, OwnIntegration> {
  return new Map([
    ['everstep:postgres:query', createPostgresQueryIntegration(targets.postgres)],
    ['everstep:bullmq:addJob', createBullmqAddJobIntegration(targets.bullmq)],
    ['everstep:redis:xadd', createRedisXaddIntegration(targets.redis)],
    ['everstep:nats:publish', createNatsPublishIntegration(targets.nats)],
    ['everstep:rabbitmq:publish', createRabbitmqPublishIntegration(targets.rabbitmq)],
    ['everstep:smtp:sendMail', createSmtpSendMailIntegration(targets.smtp)],
    ['everstep:command:run', createCommandRunIntegration(targets.command)],
  ]);
}

export interface TargetFinding {
  /** `postgres.orders` */
  readonly target: string;
  /** What keeps it from being used; null: nothing. */
  readonly problem: string | null;
}

/** Reaches out to every target once, one after the other. */
export async function* checkTargets(targets: Targets): AsyncGenerator<TargetFinding> {
  const services = createOwnServices(targets);
  try {
    for (const [resource, integration] of services) {
      const service = resource.split(':')[1] ?? '';
      const named: ReadonlyMap<string, unknown> = new Map(Object.entries(targets)).get(service) ?? new Map();
      for (const name of named.keys()) {
        yield { target: `${service}.${name}`, problem: await integration.check(name) };
      }
    }
  } finally {
    await Promise.all([...services.values()].map(async (integration) => integration.close?.()));
  }
}
