import { problemDetails, ROUTES, type Route, type RouteName } from '@gansweep/contract';
import { sweepJsonSchema } from '@gansweep/spec';
import { z } from 'zod';

const MEDIA: Readonly<Record<Route['answerKind'], string>> = {
  json: 'application/json',
  stream: 'application/octet-stream',
  png: 'image/png',
  events: 'text/event-stream',
  text: 'text/plain',
};

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): object => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Record<string, unknown>;
  return rest;
};

/** OpenAPI 3.1 of the route table: what is documented is what is served. */
export function openApiDocument(): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, route] of Object.entries(ROUTES) as [RouteName, Route][]) {
    const path = route.path.replace(/:([A-Za-z]+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(name, route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'gansweep',
      version: '0.1.0',
      description: 'Sweeps of GAN trainings: submit, watch, compare.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths,
    components: {
      schemas: { Problem: schemaOf(problemDetails, 'output'), SweepSpec: withoutDialect(sweepJsonSchema()) },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function operationOf(name: RouteName, route: Route): Record<string, unknown> {
  const isSpec = name === 'submitSweep' || name === 'previewSweep';
  const specMedia = { schema: { $ref: '#/components/schemas/SweepSpec' } };
  const answers = Object.entries(route.answers).map(([status, schema]) => [
    status,
    {
      description: route.summary,
      content: {
        [MEDIA[route.answerKind]]: {
          schema: route.answerKind === 'json' ? schemaOf(schema, 'output') : { type: 'string' },
        },
      },
    },
  ]);
  return {
    operationId: name,
    summary: route.summary,
    tags: [route.tag],
    security: route.auth === 'open' ? [] : [{}, { token: [] }],
    parameters: [
      ...parametersOf(route.params, 'path'),
      ...parametersOf(route.query, 'query'),
      ...(name === 'submitSweep'
        ? [{ name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string', maxLength: 255 } }]
        : []),
      ...(name === 'events'
        ? [{ name: 'Last-Event-ID', in: 'header', required: false, schema: { type: 'string' } }]
        : []),
    ],
    ...(route.body
      ? {
          requestBody: {
            required: isSpec,
            content: isSpec
              ? { 'application/json': specMedia, 'application/yaml': specMedia }
              : { 'application/json': { schema: schemaOf(route.body, 'input') } },
          },
        }
      : {}),
    responses: {
      ...Object.fromEntries(answers),
      default: {
        description: 'What went wrong and how to mend it',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function parametersOf(schema: z.ZodObject | undefined, where: 'path' | 'query'): readonly object[] {
  if (!schema) return [];
  return Object.entries(schema.shape).map(([name, field]) => ({
    name,
    in: where,
    required: where === 'path' || !(field as z.ZodType).safeParse(undefined).success,
    schema: schemaOf(field as z.ZodType, 'input'),
  }));
}

function withoutDialect(schema: unknown): unknown {
  const { $schema: _, ...rest } = schema as Record<string, unknown>;
  return rest;
}
