import type { Integration, TaskOutcome, TaskRequest } from '@everstep/engine';
import { type RoleCredentials, type SdkRoles, noStsText } from './sdk-roles.ts';

const MAX_ROLES = 32;

/**
 * An integration for states that name a role of their own (`Credentials.RoleArn`), too: `create` makes the one that works
 * with a role's credentials. Where no role can be assumed, such a state fails: running it as somebody else would be worse.
 */
export function withRole(
  own: Integration,
  roles: SdkRoles | null,
  create: (credentials: () => Promise<RoleCredentials>) => Integration,
): Integration {
  const byRole = new Map<string, Integration>();
  return {
    async perform(request: TaskRequest): Promise<TaskOutcome> {
      const { roleArn } = request;
      if (roleArn === null) return own.perform(request);
      if (roles === null) return { type: 'failed', error: 'States.Runtime', cause: noStsText(roleArn) };
      const integration = byRole.get(roleArn) ?? create(roles.credentials(roleArn));
      byRole.delete(roleArn);
      byRole.set(roleArn, integration);
      for (const [oldest, unused] of byRole) {
        if (byRole.size <= MAX_ROLES) break;
        byRole.delete(oldest);
        await unused.close?.();
      }
      return integration.perform(request);
    },
    async close() {
      await Promise.all([own, ...byRole.values()].map(async (integration) => integration.close?.()));
    },
  };
}

/** What happens inside this installation needs no credentials, but the role must be the caller's to assume. */
export function assumingFirst(own: Integration, credentials: () => Promise<RoleCredentials>): Integration {
  return {
    async perform(request: TaskRequest): Promise<TaskOutcome> {
      try {
        await credentials();
      } catch (error) {
        const cause = `The role ${request.roleArn} could not be assumed: ${error instanceof Error ? error.message : String(error)}`;
        return { type: 'failed', error: 'States.TaskFailed', cause };
      }
      return own.perform(request);
    },
  };
}
