/** What a package may import from the workspace. Tests may use the testkit as well. */
export interface Direction {
  /** Folders of the workspace, as patterns. */
  readonly packages: RegExp;
  readonly mayImport: readonly string[];
}

const CORE = ['@everstep/language', '@everstep/protocol', '@everstep/engine'];

/**
 * language ← protocol ← engine ← adapters ← services. An adapter never imports another adapter; the `everstep` command
 * alone puts them together and imports the other services' mains.
 */
export const DIRECTIONS: readonly Direction[] = [
  { packages: /^packages\/language$/, mayImport: [] },
  // Pictures of definitions, for the command line and the console alike.
  { packages: /^packages\/graph$/, mayImport: ['@everstep/language'] },
  { packages: /^packages\/protocol$/, mayImport: ['@everstep/language'] },
  { packages: /^packages\/engine$/, mayImport: ['@everstep/language', '@everstep/protocol'] },
  { packages: /^packages\/telemetry$/, mayImport: ['@everstep/engine'] },
  { packages: /^packages\/sdk$/, mayImport: ['@everstep/protocol'] },
  { packages: /^packages\/(store-[a-z]+|queue-[a-z]+|integrations|functions)$/, mayImport: CORE },
  // The simulator runs the engine on the store in memory, whose tables its checkers read.
  { packages: /^packages\/testkit$/, mayImport: [...CORE, '@everstep/store-memory'] },
  { packages: /^services\/(api|worker|scheduler)$/, mayImport: [...CORE, '@everstep/telemetry'] },
  { packages: /^services\/console$/, mayImport: ['@everstep/language', '@everstep/protocol', '@everstep/graph'] },
  {
    packages: /^services\/everstep$/,
    mayImport: [
      ...CORE,
      '@everstep/graph',
      '@everstep/store-postgres',
      '@everstep/store-memory',
      '@everstep/queue-bullmq',
      '@everstep/queue-postgres',
      '@everstep/queue-local',
      '@everstep/integrations',
      '@everstep/functions',
      '@everstep/telemetry',
      '@everstep/sdk',
      '@everstep/api-service',
      '@everstep/worker-service',
      '@everstep/scheduler-service',
      '@everstep/console',
    ],
  },
];

/** What the tests of any package may import on top: the testkit, and the adapters that need no server. */
export const FOR_TESTS = ['@everstep/testkit', '@everstep/store-memory', '@everstep/queue-local'];

/** Null: the folder (examples, e2e, bench) may import anything. */
export function directionOf(folder: string): Direction | null {
  return DIRECTIONS.find((direction) => direction.packages.test(folder)) ?? null;
}
