/**
 * What a 404 of a runtime means: it lacks the version, which the route says it has; the caller asked for something of its own that
 * is not there, which is no error of a version (contract 5); or only its text tells.
 */
export type NotFound = 'version' | 'request' | 'as-it-says';

/**
 * Whether the text of a 404 is about the model: 'The model `m` does not exist.' of vLLM, 'model "m" not found' of Ollama, 'Model m not
 * found' of MLServer. That of a path or a resource is not: 'Not Found', '404 page not found', 'Response with id ... not found.'. Pure.
 */
export function lacksVersion(text: Buffer): boolean {
  return /model/i.test(text.toString('latin1'));
}
