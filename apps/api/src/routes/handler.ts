import type { ROUTES, RouteName } from '@gansweep/contract';
import type { ArtifactStore } from '@gansweep/orchestrator';
import type { Log } from '@gansweep/runtime';
import type { Store } from '@gansweep/store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';

/** What handlers work with. */
export interface ApiDeps {
  readonly store: Store;
  readonly artifacts: ArtifactStore;
  readonly log: Log;
  /** Tells idle workers that there may be something to claim; nobody waits for it. */
  readonly ring: () => void;
  /** A fresh UUIDv7. */
  readonly newId: () => string;
  /** Streams that stay open; closing the service ends them. */
  readonly streams: Set<() => void>;
}

type Table = typeof ROUTES;
type Parsed<R, Part extends string> = R extends { readonly [P in Part]: infer S extends z.ZodType }
  ? z.output<S>
  : undefined;

/** A request after its schemas. */
export interface Call<Name extends RouteName> {
  readonly params: Parsed<Table[Name], 'params'>;
  readonly query: Parsed<Table[Name], 'query'>;
  /** The body as text; handlers with a body parse it themselves, so that nothing is lost before. */
  readonly text: string;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Answers a JSON route by status and body; other kinds write to the reply themselves and answer null. */
export type Handler<Name extends RouteName> = (
  call: Call<Name>,
) => Promise<{ readonly status: number; readonly body: unknown } | null>;
export type Handlers<Name extends RouteName> = { readonly [N in Name]: Handler<N> };

export const answer = (body: unknown, status = 200): { readonly status: number; readonly body: unknown } => ({
  status,
  body,
});
