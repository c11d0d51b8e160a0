import { textOf } from '../unknown-member.ts';
import { UnusableError } from './service-failure.ts';

/** A client that is loaded when it is first needed, and need not be installed. */
export async function optionalPackage<Module>(names: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    if (textOf(error, 'code') !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UnusableError(`This needs ${names}; install it beside Everstep.`);
  }
}
