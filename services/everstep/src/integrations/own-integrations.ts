import type { Integration, Logger, Outgoing } from '@everstep/engine';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { codeOf, messageOf, StartError } from '../start-error.ts';

/** What a package's `integrations` gets where it is a function. */
export interface OwnIntegrationsContext {
  readonly region: string;
  readonly accountId: string;
  readonly logger: Logger;
  /** The way out for calls whose address comes from data: it keeps the installation's policy. */
  readonly outgoing: Outgoing;
}

type Named = Readonly<Record<string, Integration>>;

const RESOURCE = /^(aws-sdk:|everstep:)?[a-z][a-z0-9-]*:[a-z][A-Za-z0-9]*$/;

/**
 * Loads the integrations of packages that EVERSTEP_INTEGRATIONS names: each exports `integrations`, an object of them by
 * `service:operation`, or a function that gives one. Throws StartError for a package that is not there or not right.
 */
export async function loadOwnIntegrations(
  packages: readonly string[],
  folder: string,
  context: OwnIntegrationsContext,
): Promise<Named> {
  const all: Record<string, Integration> = {};
  for (const name of packages) {
    for (const [resource, integration] of Object.entries(await loadPackage(name, folder, context))) {
      if (Object.hasOwn(all, resource)) throw notRight(name, `'${resource}' is registered by another package, too`);
      all[resource] = integration;
    }
  }
  return all;
}

async function loadPackage(name: string, folder: string, context: OwnIntegrationsContext): Promise<Named> {
  let given: unknown;
  try {
    const module: unknown = await import(locate(name, folder));
    given = member(module, 'integrations');
    if (typeof given === 'function') given = await Promise.resolve(Reflect.apply(given, undefined, [context]));
  } catch (error) {
    throw notRight(name, `it cannot be loaded: ${messageOf(error)}`);
  }
  if (typeof given !== 'object' || given === null) {
    throw notRight(name, "it must export 'integrations', an object or a function that gives one");
  }
  const named: Record<string, Integration> = {};
  for (const [resource, integration] of Object.entries(given)) {
    if (!RESOURCE.test(resource)) throw notRight(name, `'${resource}' is no resource such as everstep:tea`);
    if (!isIntegration(integration)) throw notRight(name, `'${resource}' has no function 'perform'`);
    named[resource] = integration;
  }
  return named;
}

/** A file by its path; a package as the folder's own code would find it, else as Everstep itself does. */
function locate(name: string, folder: string): string {
  if (name.startsWith('.') || isAbsolute(name)) return pathToFileURL(resolve(folder, name)).href;
  try {
    return pathToFileURL(createRequire(join(folder, 'package.json')).resolve(name)).href;
  } catch (error) {
    // A package without a CommonJS entry is found by import alone.
    if (codeOf(error) !== 'ERR_PACKAGE_PATH_NOT_EXPORTED' && codeOf(error) !== 'MODULE_NOT_FOUND') throw error;
    return name;
  }
}

function isIntegration(value: unknown): value is Integration {
  return typeof member(value, 'perform') === 'function';
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const found: unknown = Reflect.get(value, name);
  return found;
}

function notRight(name: string, what: string): StartError {
  return new StartError(`EVERSTEP_INTEGRATIONS: ${name}: ${what}.`);
}
