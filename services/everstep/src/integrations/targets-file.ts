import { readTargets, type Targets, TargetsError } from '@everstep/integrations';
import { readFile } from 'node:fs/promises';
import { codeOf, StartError } from '../start-error.ts';

/** The services that states may name; null: none are set. Throws StartError, which names everything that is wrong. */
export async function readTargetsFile(file: string | null, environment: NodeJS.ProcessEnv): Promise<Targets | null> {
  if (file === null) return null;
  try {
    return readTargets(await readFile(file, 'utf8'), environment);
  } catch (error) {
    if (error instanceof TargetsError) throw new StartError(`EVERSTEP_TARGETS_FILE: ${file}: ${error.message}`);
    const code = codeOf(error);
    if (code === null) throw error;
    throw new StartError(`EVERSTEP_TARGETS_FILE: ${file} cannot be read: ${code}`);
  }
}
