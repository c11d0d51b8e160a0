import {
  ApiError,
  type EncryptionConfiguration,
  type LoggingConfiguration,
  type TracingConfiguration,
} from '@everstep/protocol';
import { completeEncryption } from '../encryption/key-in-use.ts';
import type { EncryptionKeys } from '../ports/encryption-keys.ts';

/** The blocks of a state machine beside its definition and role, with AWS's defaults filled in. */
export interface MachineConfiguration {
  readonly loggingConfiguration: LoggingConfiguration;
  readonly tracingConfiguration: TracingConfiguration;
  readonly encryptionConfiguration: EncryptionConfiguration;
}

export const DEFAULT_CONFIGURATION: MachineConfiguration = {
  loggingConfiguration: { level: 'OFF', includeExecutionData: false },
  tracingConfiguration: { enabled: false },
  encryptionConfiguration: { type: 'AWS_OWNED_KEY' },
};

/**
 * The configuration after a request: each block it names replaces the one before as a whole, as AWS does. `keyring`: the
 * keys at hand, and the account that names one of them.
 * Errors: InvalidLoggingConfiguration, InvalidEncryptionConfiguration, KmsAccessDeniedException.
 */
export function configure(
  before: MachineConfiguration,
  request: { readonly [Block in keyof MachineConfiguration]?: MachineConfiguration[Block] },
  keyring: { readonly keys: EncryptionKeys; readonly accountId: string },
): MachineConfiguration {
  const { loggingConfiguration, tracingConfiguration, encryptionConfiguration } = request;
  if (loggingConfiguration !== undefined) checkLogging(loggingConfiguration);
  return {
    loggingConfiguration:
      loggingConfiguration === undefined ? before.loggingConfiguration : completeLogging(loggingConfiguration),
    tracingConfiguration:
      tracingConfiguration === undefined
        ? before.tracingConfiguration
        : { enabled: tracingConfiguration.enabled ?? false },
    encryptionConfiguration:
      encryptionConfiguration === undefined
        ? before.encryptionConfiguration
        : completeEncryption(keyring.keys, keyring.accountId, encryptionConfiguration),
  };
}

/** JSON text, the same for equal configurations. */
export function configurationText(configuration: MachineConfiguration): string {
  const { loggingConfiguration, tracingConfiguration, encryptionConfiguration } = configuration;
  return JSON.stringify({ loggingConfiguration, tracingConfiguration, encryptionConfiguration });
}

/** Reads what {@link configurationText} wrote. */
export function parseConfiguration(text: string): MachineConfiguration {
  const stored: Partial<MachineConfiguration> = JSON.parse(text);
  return { ...DEFAULT_CONFIGURATION, ...stored };
}

/** Whether it names a key, which the metadata of what it encrypts must do without. */
export function hasOwnKey({ configuration }: { readonly configuration: string }): boolean {
  return parseConfiguration(configuration).encryptionConfiguration.type !== 'AWS_OWNED_KEY';
}

/** Reads an activity's: JSON text, null for AWS's default. */
export function parseEncryption(text: string | null): EncryptionConfiguration {
  return text === null ? DEFAULT_CONFIGURATION.encryptionConfiguration : JSON.parse(text);
}

/** Members in one order, so that equal blocks have equal text. */
function completeLogging(logging: LoggingConfiguration): LoggingConfiguration {
  return {
    level: logging.level ?? 'OFF',
    includeExecutionData: logging.includeExecutionData ?? false,
    ...(logging.destinations === undefined ? {} : { destinations: logging.destinations }),
  };
}

function checkLogging(logging: LoggingConfiguration): void {
  const destinations = logging.destinations?.length ?? 0;
  const needed = (logging.level ?? 'OFF') === 'OFF' ? 0 : 1;
  if (destinations < needed || destinations > 1) {
    throw new ApiError(
      'InvalidLoggingConfiguration',
      'Invalid Logging Configuration: Must specify exactly one Log Destination.',
    );
  }
}
