import { memberOf, textOf } from '../unknown-member.ts';
import { type SdkClient, SdkClients, type SdkClientsOptions, endpointOf } from './sdk-clients.ts';

/** Credentials as the SDK's clients take them. */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

const ASSUME_MS = 10_000;
/** Credentials are renewed this long before they end. */
const EARLY_MS = 5 * 60_000;
const MAX_ROLES = 256;

/** What a state with a role is told where none can be assumed. */
export function noStsText(roleArn: string): string {
  return `The role ${roleArn} of Credentials cannot be assumed: no STS endpoint is configured (AWS_ENDPOINT_URL_STS).`;
}

/** Roles that a state's `Credentials.RoleArn` names, assumed at the STS endpoint that the SDK's variables name. */
export class SdkRoles {
  readonly #clients: SdkClients;
  readonly #known = new Map<string, Promise<RoleCredentials>>();

  private constructor(clients: SdkClients) {
    this.#clients = clients;
  }

  /** null: no STS endpoint is set, so that no role can be assumed. */
  static open(options: SdkClientsOptions): SdkRoles | null {
    return endpointOf('STS', options.environment) === null ? null : new SdkRoles(new SdkClients(options, null));
  }

  /** A provider as the SDK's clients take it. */
  credentials(roleArn: string): () => Promise<RoleCredentials> {
    return () => this.assume(roleArn);
  }

  /** Asked of STS once for all who need it meanwhile. Throws what STS or the network answers. */
  async assume(roleArn: string): Promise<RoleCredentials> {
    const known = await this.#known.get(roleArn);
    if (known !== undefined && known.expiration.getTime() - EARLY_MS > Date.now()) return known;
    const asked = this.#ask(roleArn);
    this.#known.set(roleArn, asked);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MAX_ROLES) break;
      this.#known.delete(oldest);
    }
    try {
      return await asked;
    } catch (error) {
      this.#known.delete(roleArn);
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#clients.close();
  }

  async #ask(roleArn: string): Promise<RoleCredentials> {
    const client = await this.#clients.client('sts', null, '');
    if (client === null) {
      throw new Error('Assuming a role needs the package @aws-sdk/client-sts; install it beside Everstep.');
    }
    const command = memberOf(client.exported, 'AssumeRoleCommand');
    if (typeof command !== 'function') throw new Error('The installed @aws-sdk/client-sts cannot assume roles.');
    const assume: unknown = Reflect.construct(command, [{ RoleArn: roleArn, RoleSessionName: 'everstep' }]);
    return readCredentials(await sendInTime(client, assume));
  }
}

function sendInTime(client: SdkClient, command: unknown): Promise<unknown> {
  return client.send(command, AbortSignal.timeout(ASSUME_MS));
}

function readCredentials(answer: unknown): RoleCredentials {
  const given = memberOf(answer, 'Credentials');
  const expiration = memberOf(given, 'Expiration');
  const accessKeyId = textOf(given, 'AccessKeyId');
  const secretAccessKey = textOf(given, 'SecretAccessKey');
  const sessionToken = textOf(given, 'SessionToken');
  if (accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined) {
    throw new Error('STS answered without credentials.');
  }
  return {
    ...{ accessKeyId, secretAccessKey, sessionToken },
    expiration: expiration instanceof Date ? expiration : new Date(Date.now() + EARLY_MS),
  };
}
