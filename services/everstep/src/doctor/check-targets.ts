import { checkTargets } from '@everstep/integrations';
import type { Config } from '../config.ts';
import { readTargetsFile } from '../integrations/targets-file.ts';
import type { CheckFinding } from './finding.ts';

/** Whether the services that tasks name can be reached from here, each with what its tasks would fail with. */
export async function* checkTargetsFile({ targetsFile }: Config): AsyncGenerator<CheckFinding> {
  const targets = await readTargetsFile(targetsFile, process.env);
  if (targets === null) return;
  for await (const { target, problem } of checkTargets(targets)) {
    if (problem === null) yield { check: 'target', status: 'ok', text: `${target} is there` };
    else {
      const remedy = 'Its settings stand in the file that EVERSTEP_TARGETS_FILE names.';
      yield { check: 'target', status: 'bad', text: `${target}: ${problem}`, remedy };
    }
  }
}
