import type { ApiModels, ApiShape } from '@everstep/engine';
import { findModel, modelFolders } from './model-files.ts';
import { modelAnswer } from './model-shapes.ts';
import { type SdkClient, loadSdkClient, requireFromHere } from './sdk-client.ts';
import { sdkAnswer } from './sdk-shapes.ts';

export interface ApiModelsOptions {
  /** Where AWS_DATA_PATH is read. */
  readonly environment?: NodeJS.ProcessEnv;
  /** How the SDK's clients are found. */
  readonly require?: NodeJS.Require;
}

/** What is known of one service; either may be missing. */
interface Known {
  readonly client: SdkClient | null;
  readonly model: unknown;
}

/** Services whose models are kept; the one asked for longest ago makes room. */
const MAX_SERVICES = 32;

/**
 * AWS's API models from what is installed: the AWS SDK's clients know types, required fields and enumerations of the
 * day; the models of the AWS CLI or boto3, where they are, add ranges and lengths, and services without a client.
 */
export function createApiModels(options: ApiModelsOptions = {}): ApiModels {
  const { environment = process.env, require = requireFromHere } = options;
  const services = new Map<string, Promise<Known>>();
  const load = async (service: string): Promise<Known> => ({
    client: await loadSdkClient(service, require),
    model: await findModel(service, await modelFolders(environment)),
  });
  return {
    async answerOf(service, operation) {
      const known = services.get(service) ?? load(service);
      services.delete(service);
      services.set(service, known);
      for (const oldest of services.keys()) {
        if (services.size <= MAX_SERVICES) break;
        services.delete(oldest);
      }
      const { client, model } = await known;
      const bySdk = client === null ? null : sdkAnswer(client, operation);
      const byModel = modelAnswer(model, operation);
      return bySdk === null || byModel === null ? (bySdk ?? byModel) : combined(bySdk, byModel);
    },
  };
}

/** `shape` with what `finer` knows beyond it. */
function combined(shape: ApiShape, finer: ApiShape): ApiShape {
  if (shape.type === 'structure' && finer.type === 'structure') {
    const members = [...shape.members].map(([name, member]): [string, () => ApiShape] => {
      const other = finer.members.get(name);
      return [name, other === undefined ? member : () => combined(member(), other())];
    });
    return { ...shape, members: new Map(members) };
  }
  if (shape.type === 'list' && finer.type === 'list') {
    return { ...finer, member: () => combined(shape.member(), finer.member()) };
  }
  if (shape.type === 'map' && finer.type === 'map') {
    return { type: 'map', value: () => combined(shape.value(), finer.value()) };
  }
  const isSame = (shape.type === 'string' || shape.type === 'number') && shape.type === finer.type;
  // An older model's enumeration may lack new words, so the shape's own come last.
  return isSame ? { ...finer, ...shape } : shape;
}
