import type { FastifyInstance, RouteOptions } from 'fastify';
import { z, type ZodType } from 'zod';
import { errorAnswer } from './schemas';

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly summary?: string; // a route without one stays out of the document
  }
}
interface Described {
  readonly params?: ZodType;
  readonly querystring?: ZodType;
  readonly body?: ZodType;
  readonly response?: Readonly<Record<string, ZodType>>;
}
type Json = Readonly<Record<string, unknown>>;

/** Serves `/openapi.json`, made from the routes that are added after this call. */
export function collectRoutes(app: FastifyInstance): void {
  const paths: Record<string, Record<string, Json>> = {};
  app.addHook('onRoute', (route) => {
    if (route.config?.summary === undefined) return;
    const path = route.url.replace(/:(\w+)/g, '{$1}');
    for (const method of [route.method].flat()) (paths[path] ??= {})[method.toLowerCase()] = operationOf(route);
  });
  app.get('/openapi.json', () => ({
    openapi: '3.1.0',
    info: { title: 'meridian', version: '1', license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths,
  }));
}

function operationOf({ method, url, schema, config }: RouteOptions): Json {
  const { params, querystring, body, response = {} } = (schema ?? {}) as Described;
  const answers = Object.entries(response).map(([status, answer]) => [status, content('what was asked for', answer)]);
  return {
    operationId: `${[method].flat().join('-')}${url.replace(/\W+/g, '-')}`.toLowerCase().replace(/-$/, ''),
    summary: config?.summary,
    parameters: [...parametersOf('path', params), ...parametersOf('query', querystring)],
    ...(body && { requestBody: { ...content('', body, 'input'), required: true, description: undefined } }),
    responses: { ...Object.fromEntries(answers), default: content('why not', errorAnswer) },
  };
}

function content(description: string, schema: ZodType, io: 'input' | 'output' = 'output'): Json {
  return { description, content: { 'application/json': { schema: jsonSchema(schema, io) } } };
}

function parametersOf(place: 'path' | 'query', schema: ZodType | undefined): readonly Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = jsonSchema(schema, 'input');
  const needed = new Set(required as readonly string[]);
  return Object.entries(properties as Json).map(([name, property]) => ({
    ...{ name, in: place, required: place === 'path' || needed.has(name), schema: property },
  }));
}

function jsonSchema(schema: ZodType, io: 'input' | 'output'): Json {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
