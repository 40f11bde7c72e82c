import { z } from 'zod';
import { messagesOf } from './event-stream.ts';
import { type FeedEvent, feedEvent } from './events.ts';
import { ApiProblem, problemDetails, ServiceUnreachable } from './problem-details.ts';
import { ROUTES, type Route, type RouteName } from './routes.ts';
import { type LogLine, logLine } from './runs.ts';

type Table = typeof ROUTES;
type JsonRouteName = { [Name in RouteName]: Table[Name]['answerKind'] extends 'json' ? Name : never }[RouteName];
type ParamsOf<R> = R extends { params: infer S extends z.ZodType } ? z.input<S> : unknown;
type QueryOf<R> = R extends { query: infer S extends z.ZodType } ? z.input<S> : unknown;
type BodyOf<R> = R extends { body: infer S extends z.ZodType } ? { readonly body: z.input<S> } : unknown;
type RequestOf<Name extends RouteName> = ParamsOf<Table[Name]> & QueryOf<Table[Name]> & BodyOf<Table[Name]>;
type AnswersOf<R> = R extends { answers: infer A extends Record<number, z.ZodType> } ? z.output<A[keyof A]> : never;

interface CallOptions {
  readonly signal?: AbortSignal;
  readonly idempotencyKey?: string;
  /** Media type of a text body; JSON otherwise. */
  readonly contentType?: 'application/yaml' | 'application/json';
}

/** Params, query and `body` of the route in one object; nothing where the route needs nothing. */
type Call<Name extends RouteName> =
  Record<never, never> extends RequestOf<Name>
    ? (request?: RequestOf<Name>, options?: CallOptions) => Promise<AnswersOf<Table[Name]>>
    : (request: RequestOf<Name>, options?: CallOptions) => Promise<AnswersOf<Table[Name]>>;

export type Client = {
  readonly [Name in Exclude<JsonRouteName, 'submitSweep' | 'previewSweep' | 'growSweep'>]: Call<Name>;
} & {
  /** `text` is the file as it stands; the server parses it. `created` is false when the key was used before. */
  submitSweep(
    spec: SpecText,
    options?: { readonly idempotencyKey?: string; readonly signal?: AbortSignal },
  ): Promise<z.output<Table['submitSweep']['answers'][201]> & { readonly created: boolean }>;
  previewSweep(spec: SpecText, options?: CallOptions): Promise<z.output<Table['previewSweep']['answers'][200]>>;
  /** Adds what a part of a spec says to a sweep. */
  growSweep(
    id: string,
    patch: SpecText,
    options?: { readonly idempotencyKey?: string; readonly signal?: AbortSignal },
  ): Promise<z.output<Table['growSweep']['answers'][200]>>;
  /** The export as it streams in. */
  exportSweep(request: { id: string; format: 'csv' | 'json' | 'jsonl' }, options?: CallOptions): Promise<Response>;
  /** Bytes of a sample grid (PNG). */
  getSample(request: { id: string; images: number }, options?: CallOptions): Promise<Uint8Array>;
  /** Bytes of a panel (PNG). */
  getPanel(request: { id: string; name: string; images: number }, options?: CallOptions): Promise<Uint8Array>;
  /** Bytes of the generator that a run kept at a number of images. */
  getKeptGenerator(request: { id: string; images: number }, options?: CallOptions): Promise<Uint8Array>;
  metrics(options?: CallOptions): Promise<string>;
  /** Changes as they happen, until the signal or the server ends it. Unknown kinds of events are skipped. */
  events(options?: { readonly lastEventId?: string; readonly signal?: AbortSignal }): AsyncGenerator<FeedEvent>;
  /** Log lines, those written and then those to come. */
  followLogs(request: { id: string }, options?: { readonly signal?: AbortSignal }): AsyncGenerator<LogLine>;
};

export interface SpecText {
  readonly text: string;
  readonly format: 'json' | 'yaml';
}

export interface ClientOptions {
  /** `http://127.0.0.1:4100`; empty in a page of the service itself. */
  readonly baseUrl: string;
  readonly token?: string | undefined;
  readonly fetch?: typeof globalThis.fetch;
}

/** A client whose requests and answers have the types of the route table. Throws `ApiProblem` or `ServiceUnreachable`. */
export function createClient(options: ClientOptions): Client {
  const fetchNow = options.fetch ?? globalThis.fetch.bind(globalThis);
  const base = options.baseUrl.replace(/\/+$/, '');

  const send = async (
    route: Route,
    request: Record<string, unknown>,
    call: CallOptions & { accept?: string; lastEventId?: string } = {},
  ): Promise<Response> => {
    const { path, query } = addressOf(route, request);
    const headers: Record<string, string> = { accept: call.accept ?? 'application/json' };
    if (options.token !== undefined) headers.authorization = `Bearer ${options.token}`;
    if (call.idempotencyKey !== undefined) headers['idempotency-key'] = call.idempotencyKey;
    if (call.lastEventId !== undefined) headers['last-event-id'] = call.lastEventId;
    let body: string | undefined;
    if (route.body !== undefined) {
      headers['content-type'] = call.contentType ?? 'application/json';
      body = call.contentType === undefined ? JSON.stringify(request.body ?? {}) : String(request.body);
    }
    let response: Response;
    try {
      response = await fetchNow(`${base}${path}${query}`, {
        method: route.method,
        headers,
        ...(body === undefined ? {} : { body }),
        ...(call.signal === undefined ? {} : { signal: call.signal }),
      });
    } catch (cause) {
      if (call.signal?.aborted) throw cause;
      throw new ServiceUnreachable(`no gansweep service answers at ${base || 'this address'}`, { cause });
    }
    if (!response.ok) throw await problemOf(response);
    return response;
  };

  const callJson = async (name: JsonRouteName, request: Record<string, unknown> = {}, call: CallOptions = {}) => {
    const route: Route = ROUTES[name];
    const response = await send(route, request, call);
    return { status: response.status, value: await parseAnswer(route, response) };
  };

  const submitLike = (name: 'submitSweep' | 'previewSweep', spec: SpecText, call: CallOptions) =>
    callJson(name, { body: spec.text }, { ...call, contentType: mediaTypeOf(spec) });

  const special = {
    submitSweep: async (spec: SpecText, call: CallOptions = {}) => {
      const { status, value } = await submitLike('submitSweep', spec, call);
      return { ...(value as object), created: status === 201 };
    },
    previewSweep: async (spec: SpecText, call: CallOptions = {}) =>
      (await submitLike('previewSweep', spec, call)).value,
    growSweep: async (id: string, patch: SpecText, call: CallOptions = {}) =>
      (await callJson('growSweep', { id, body: patch.text }, { ...call, contentType: mediaTypeOf(patch) })).value,
    exportSweep: (request: Record<string, unknown>, call: CallOptions = {}) =>
      send(ROUTES.exportSweep, request, { ...call, accept: '*/*' }),
    getSample: async (request: Record<string, unknown>, call: CallOptions = {}) =>
      new Uint8Array(await (await send(ROUTES.getSample, request, { ...call, accept: 'image/png' })).arrayBuffer()),
    getPanel: async (request: Record<string, unknown>, call: CallOptions = {}) =>
      new Uint8Array(await (await send(ROUTES.getPanel, request, { ...call, accept: 'image/png' })).arrayBuffer()),
    getKeptGenerator: async (request: Record<string, unknown>, call: CallOptions = {}) =>
      new Uint8Array(await (await send(ROUTES.getKeptGenerator, request, { ...call, accept: '*/*' })).arrayBuffer()),
    metrics: async (call: CallOptions = {}) =>
      (await send(ROUTES.metrics, {}, { ...call, accept: 'text/plain' })).text(),
    events: async function* (call: { lastEventId?: string; signal?: AbortSignal } = {}) {
      const response = await send(ROUTES.events, {}, { ...call, accept: 'text/event-stream' });
      for await (const message of messagesOf(bodyOf(response))) {
        const event = feedEvent.safeParse({ type: message.event, payload: jsonOf(message.data) });
        if (event.success) yield { ...event.data, id: message.id };
      }
    },
    followLogs: async function* (request: { id: string }, call: { signal?: AbortSignal } = {}) {
      const response = await send(
        ROUTES.getLogs,
        { ...request, follow: true },
        { ...call, accept: 'text/event-stream' },
      );
      for await (const message of messagesOf(bodyOf(response))) {
        const line = message.event === 'line' ? logLine.safeParse(jsonOf(message.data)) : null;
        if (line?.success) yield line.data;
      }
    },
  };

  const jsonNames = (Object.keys(ROUTES) as RouteName[]).filter(
    (name): name is JsonRouteName => ROUTES[name].answerKind === 'json',
  );
  const plain = Object.fromEntries(
    jsonNames.map((name) => [
      name,
      async (request?: Record<string, unknown>, call?: CallOptions) => (await callJson(name, request, call)).value,
    ]),
  );
  // The table gives each of these its type; a loop over it cannot.
  return { ...plain, ...special } as unknown as Client;
}

function mediaTypeOf(spec: SpecText): 'application/json' | 'application/yaml' {
  return spec.format === 'json' ? 'application/json' : 'application/yaml';
}

/** Fills the path's parameters from the request; everything else but `body` goes into the query. */
function addressOf(route: Route, request: Record<string, unknown>): { path: string; query: string } {
  const inPath = new Set<string>();
  const path = route.path.replace(/:([a-zA-Z]+)/g, (_, name: string) => {
    inPath.add(name);
    return encodeURIComponent(String(request[name]));
  });
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request))
    if (!inPath.has(name) && name !== 'body' && value !== undefined) query.set(name, String(value));
  const text = query.toString();
  return { path, query: text === '' ? '' : `?${text}` };
}

async function parseAnswer(route: Route, response: Response): Promise<unknown> {
  const schema = route.answers[response.status];
  const json = jsonOf(await response.text());
  const parsed = schema?.safeParse(json);
  if (parsed?.success) return parsed.data;
  throw new ServiceUnreachable(
    `${route.method} ${route.path} answered ${response.status} with something this version does not understand` +
      (parsed === undefined ? '' : `: ${z.prettifyError(parsed.error)}`),
  );
}

async function problemOf(response: Response): Promise<Error> {
  const parsed = problemDetails.safeParse(jsonOf(await response.text().catch(() => '')));
  if (parsed.success) return new ApiProblem(parsed.data);
  return new ServiceUnreachable(`${response.url} answered ${response.status}, and not as gansweep does`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function bodyOf(response: Response): ReadableStream<Uint8Array> {
  if (response.body === null) throw new ServiceUnreachable(`${response.url} answered without a body`);
  return response.body;
}
