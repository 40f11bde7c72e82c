import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import path from 'node:path';
import helmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import {
  type AnswerKind,
  BODY_BYTES,
  PROBLEM_MEDIA_TYPE,
  type ProblemDetails,
  ROUTES,
  type Route,
  type RouteName,
} from '@gansweep/contract';
import { type Config, extractorRegistry, trainerRegistry } from '@gansweep/runtime';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { addGuards } from './guards.ts';
import { openApiDocument } from './open-api.ts';
import { Problem, problemOf, sendProblem } from './problems.ts';
import { datasetHandlers } from './routes/datasets.ts';
import { generatorHandlers } from './routes/generators.ts';
import type { ApiDeps, Call, Handler } from './routes/handler.ts';
import { nightHandlers } from './routes/nights.ts';
import { runHandlers } from './routes/runs.ts';
import { serviceHandlers } from './routes/service.ts';
import { sweepHandlers } from './routes/sweeps.ts';

const NOT_BUILT = `<!doctype html><meta charset="utf-8"><title>gansweep</title><h1>gansweep</h1>
<p>The dashboard is not built yet: run <code>npm run build:dashboard</code>. The API is at <a href="/docs">/docs</a>.</p>`;

export interface AppOptions extends ApiDeps {
  readonly config: Pick<Config, 'auth' | 'host' | 'home' | 'trainers'>;
  /** Folder of the built dashboard, or null. */
  readonly dashboardDir: string | null;
}

/** The service without a socket: routes, guards, error handling. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_BYTES,
    requestTimeout: 15_000,
    connectionTimeout: 30_000,
    keepAliveTimeout: 10_000,
    maxRequestsPerSocket: 1_000,
    // Where the parameter ends in a suffix, the default of 100 characters is plenty.
    routerOptions: { maxParamLength: 100 },
    genReqId: () => options.newId(),
    // HEAD is offered route by route: what streams would stream to nobody.
    exposeHeadRoutes: false,
    frameworkErrors: (error, request, reply) =>
      sendProblem(reply as FastifyReply, request as FastifyRequest, problemOf(error)),
    clientErrorHandler: answerBrokenRequest,
  }) as unknown as FastifyInstance;
  app.server.headersTimeout = 10_000;
  app.server.maxConnections = 1_000;
  app.setErrorHandler((error: Error, request, reply) => {
    const problem = problemOf(error, request.routeOptions.bodyLimit);
    if (problem.code === 'internal')
      options.log.error({ event: 'request.failed', requestId: request.id, err: error }, 'a request failed');
    return sendProblem(reply, request, problem);
  });
  app.setNotFoundHandler((request, reply) => {
    const allowed = methodsAt(app, request.url);
    // The method is there, so a parameter is none of this address.
    if (allowed.length === 0 || allowed.includes(request.method))
      return sendProblem(reply, request, new Problem('not-found', 'no route has this address; /docs lists them'));
    reply.header('allow', allowed.join(', '));
    return sendProblem(
      reply,
      request,
      new Problem('method-not-allowed', `${request.method} is not for this address; it takes ${allowed.join(', ')}`),
    );
  });
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        // The page compiles a GAN's step to WebAssembly.
        scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
      },
    },
    // The service speaks plain HTTP; a TLS proxy in front sets this.
    hsts: false,
  });
  addGuards(app, options.config);
  // Bodies reach handlers as text: the spec's own parser has to see duplicate keys and numbers as they were written.
  app.removeAllContentTypeParsers();
  for (const type of ['application/json', 'application/yaml', 'application/x-yaml'])
    app.addContentTypeParser(type, { parseAs: 'string' }, (_request, body, done) => done(null, body));
  const handlers: { readonly [Name in RouteName]: Handler<Name> } = {
    ...sweepHandlers(options, {
      trainers: trainerRegistry(options.config.trainers),
      extractors: extractorRegistry(options.config.home),
    }),
    ...runHandlers(options),
    ...datasetHandlers(options),
    ...generatorHandlers(options),
    ...nightHandlers(options),
    ...serviceHandlers(options),
  };
  for (const name of Object.keys(ROUTES) as RouteName[]) addRoute(app, name, handlers[name] as unknown as AnyHandler);
  await addDocuments(app);
  await addDashboard(app, options.dashboardDir);
  return app;
}

const STREAMING: ReadonlySet<AnswerKind> = new Set(['events', 'stream']);

type AnyHandler = (call: Call<RouteName>) => ReturnType<Handler<RouteName>>;

function addRoute(app: FastifyInstance, name: RouteName, handler: AnyHandler): void {
  const route: Route = ROUTES[name];
  app.route({
    method: route.method,
    exposeHeadRoute: route.method === 'GET' && !STREAMING.has(route.answerKind) && name !== 'getLogs',
    // A parameter that ends in a suffix is digits alone.
    url: route.path.replace(/:images\.(png|json)$/, ':images(^\\d+).$1'),
    config: { auth: route.auth },
    bodyLimit: route.bodyBytes ?? BODY_BYTES,
    handler: async (request, reply) => {
      const params = route.params?.safeParse(request.params);
      if (params && !params.success)
        throw new Problem(
          'not-found',
          params.error.issues.some(({ path }) => path[0] === 'id')
            ? 'an id is a UUIDv7, and this is none'
            : 'there is nothing of this name',
        );
      if (/%00/.test(request.url)) throw new Problem('bad-request', 'the address holds a NUL: take it out');
      const query = route.query?.safeParse(request.query);
      if (query && !query.success)
        throw new Problem(
          'bad-request',
          undefined,
          query.error.issues.map((issue) => ({ path: issue.path.join('.') || 'query', message: issue.message })),
        );
      const answered = await handler({
        params: params?.data as never,
        query: query?.data as never,
        text: typeof request.body === 'string' ? request.body : '',
        request,
        reply,
      });
      if (answered)
        return reply
          .code(answered.status)
          .header('content-type', 'application/json; charset=utf-8')
          .send(JSON.stringify(answered.body));
      return reply;
    },
  });
}

/** Methods of the routes at an address, whatever its parameters are. */
function methodsAt(app: FastifyInstance, url: string): readonly string[] {
  const [address = '/'] = url.split('?');
  const served = (['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'] as const).filter(
    (method) => app.findRoute({ method, url: address }) !== null,
  );
  const documented = (Object.values(ROUTES) as Route[]).filter(({ path: shape }) =>
    new RegExp(`^${shape.replace(/[.]/g, '\\.').replace(/:[A-Za-z]+/g, '[^/]+')}$`).test(address),
  );
  return [...new Set([...served, ...documented.map(({ method }) => method)])];
}

const BROKEN: Readonly<Record<string, readonly [status: number, text: string, detail: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'the request did not arrive in time'],
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large', 'the headers are too large'],
};

/** Answers bytes that are no HTTP request, or that come too slowly; no route was reached. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return;
  const [status, text, detail] = BROKEN[error.code ?? ''] ?? [400, 'Bad Request', 'this is no HTTP request'];
  const details: ProblemDetails = { type: 'about:blank', title: text, status, code: 'bad-request', detail };
  const body = JSON.stringify(details);
  socket.end(
    `HTTP/1.1 ${status} ${text}\r\nContent-Type: ${PROBLEM_MEDIA_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

async function addDocuments(app: FastifyInstance): Promise<void> {
  const document = openApiDocument();
  app.get('/openapi.json', { config: { auth: 'open' } }, async (_request, reply) =>
    reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(document)),
  );
  await app.register(async (docs) => {
    docs.addHook('onRoute', (route) => {
      route.config = { ...route.config, auth: 'open' };
    });
    await docs.register(swagger, { mode: 'static', specification: { document: document as never } });
    await docs.register(swaggerUi, { routePrefix: '/docs', staticCSP: true, uiConfig: { docExpansion: 'list' } });
  });
}

async function addDashboard(app: FastifyInstance, folder: string | null): Promise<void> {
  if (folder === null || !existsSync(path.join(folder, 'index.html'))) {
    app.get('/', { config: { auth: 'open' } }, async (_request, reply) => reply.type('text/html').send(NOT_BUILT));
    return;
  }
  await app.register(async (page) => {
    page.addHook('onRoute', (route) => {
      route.config = { ...route.config, auth: 'open' };
    });
    await page.register(fastifyStatic, { root: folder, index: 'index.html', wildcard: false, dotfiles: 'ignore' });
  });
}
