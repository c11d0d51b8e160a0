/** What a deployment wants to be there, in the API's own shapes. */
export interface Desired {
  readonly machines: readonly DesiredMachine[];
  readonly activities: readonly DesiredActivity[];
  readonly versions: readonly DesiredVersion[];
  readonly aliases: readonly DesiredAlias[];
  /** What of the source is not deployed, for people. */
  readonly notes: readonly string[];
  /** What makes the deployment impossible. */
  readonly problems: readonly string[];
}

export interface DesiredMachine {
  readonly name: string;
  /** JSON text. */
  readonly definition: string;
  readonly roleArn: string;
  readonly type: 'STANDARD' | 'EXPRESS';
  /** Absent members are left as they are. */
  readonly loggingConfiguration?: object;
  readonly tracingConfiguration?: object;
  readonly encryptionConfiguration?: object;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface DesiredActivity {
  readonly name: string;
}

/** The machine's present revision as a version. */
export interface DesiredVersion {
  /** How aliases name it: `everstep:version:<id>`. */
  readonly id: string;
  readonly machine: string;
  readonly description?: string;
}

export interface DesiredAlias {
  readonly name: string;
  readonly machine: string;
  readonly description?: string;
  /** Version ARNs, or `everstep:version:<id>` of a desired version. */
  readonly routes: ReadonlyArray<{ readonly version: string; readonly weight: number }>;
}

export const VERSION_PREFIX = 'everstep:version:';
