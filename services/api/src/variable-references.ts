import { type EngineContext, UnusableRevisionError } from '@everstep/engine';
import { variableReferences } from '@everstep/language';

/** The variables that the states of a revision read; no member where none does. */
export async function describeVariables(
  { machines }: Pick<EngineContext, 'machines'>,
  revisionId: string,
): Promise<{ readonly variableReferences?: Readonly<Record<string, readonly string[]>> }> {
  try {
    const { machine } = await machines.load(revisionId);
    const references = variableReferences(machine);
    return references === null ? {} : { variableReferences: references };
  } catch (error) {
    // A definition that this version does not understand can still be described.
    if (error instanceof UnusableRevisionError) return {};
    throw error;
  }
}
