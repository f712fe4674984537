import type { ModelName } from '../domain/ids';
import { ApiError } from './errors';
import type { ApiPorts } from './ports';

/** The model, if it is installed: a line for a name that nobody knows is never started. @throws ApiError 404 */
export async function knownModel(
  { configuration }: Pick<ApiPorts, 'configuration'>,
  model: ModelName,
): Promise<ModelName> {
  const models = await configuration.models();
  if (models.includes(model)) return model;
  const known = models.length === 0 ? 'none is' : `these are: ${models.join(', ')}`;
  throw new ApiError(
    404,
    'NotFound',
    `model ${model} is not installed; ${known}`,
    'install models with `meridian apply`',
  );
}
