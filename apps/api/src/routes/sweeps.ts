import { Readable } from 'node:stream';
import type { SweepId } from '@gansweep/domain';
import {
  compareSweep,
  describeStopping,
  describeSweep,
  type ExportRow,
  growSweep,
  listTrials,
  previewSweep,
  type Registries,
  type SweepDetailRow,
  type SweepView,
  submitSweep,
  waitingBecause,
  weighParameters,
} from '@gansweep/orchestrator';
import type { SpecText } from '@gansweep/spec';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../problems.ts';
import { type ApiDeps, answer, type Handlers } from './handler.ts';

type Names =
  | 'submitSweep'
  | 'previewSweep'
  | 'listSweeps'
  | 'getSweep'
  | 'growSweep'
  | 'pauseSweep'
  | 'resumeSweep'
  | 'cancelSweep'
  | 'deleteSweep'
  | 'listTrials'
  | 'compareSweep'
  | 'weighParameters'
  | 'exportSweep';

const KEY_AT_MOST = 255;

/** @param registries what a spec may name that is registered here. */
export function sweepHandlers({ store, artifacts, newId, ring }: ApiDeps, registries: Registries): Handlers<Names> {
  const change =
    (verb: 'pause' | 'resume' | 'cancel') =>
    async ({ params }: { readonly params: { readonly id: SweepId } }) => {
      const outcome = await store.sweeps[verb](params.id);
      if (outcome === 'not-found') throw noSweep();
      const sweep = await store.read.getSweep(params.id);
      if (!sweep) throw noSweep();
      if (outcome === 'conflict')
        throw new Problem('conflict', `a sweep that is ${sweep.state} cannot be ${PAST[verb]}`);
      if (verb === 'resume') ring();
      return answer({ id: sweep.id, state: sweep.state });
    };
  return {
    submitSweep: async ({ text, request }) => {
      const idempotencyKey = keyOf(request);
      const submitted = await submitSweep(
        { spec: specOf(request, text), idempotencyKey, newId: newId() as SweepId },
        store,
        registries,
      );
      if (!submitted.ok) {
        if (submitted.error.kind === 'key-reused') throw keyReused();
        throw new Problem('bad-spec', undefined, [...submitted.error.problems]);
      }
      const { sweep, created } = submitted.value;
      if (created) ring();
      const { id, name, state, specHash, trialCount, runCount, adoptedRunCount } = sweep;
      return answer({ id, name, state, specHash, trialCount, runCount, adoptedRunCount }, created ? 201 : 200);
    },
    previewSweep: async ({ text, request }) => {
      const preview = await previewSweep(specOf(request, text), store, registries);
      if (!preview.ok) throw new Problem('bad-spec', undefined, [...preview.error]);
      return answer(preview.value);
    },
    listSweeps: async ({ query }) => {
      const page = await store.read.listSweeps({
        cursor: query.cursor ?? null,
        limit: query.limit,
        state: query.state ?? null,
        q: query.q ?? null,
      });
      return answer({ items: page.items.map(itemOf), nextCursor: page.nextCursor });
    },
    getSweep: async ({ params }) => {
      const sweep = await describeSweep(params.id, store.read);
      if (!sweep) throw noSweep();
      return answer({ ...detailOf(sweep), stopping: await describeStopping(sweep, store) });
    },
    growSweep: async ({ params, text, request }) => {
      const grown = await growSweep(
        { id: params.id, patch: specOf(request, text), idempotencyKey: keyOf(request) },
        store,
        registries,
      );
      if (!grown.ok)
        switch (grown.error.kind) {
          case 'not-found':
            throw noSweep();
          case 'key-reused':
            throw keyReused();
          case 'conflict':
            throw new Problem('conflict', grown.error.message);
          case 'bad-spec':
            throw new Problem('bad-spec', undefined, [...grown.error.problems]);
        }
      const { sweep, ...growth } = grown.value;
      if (growth.addedRunCount > 0) ring();
      const { id, name, state, specHash, trialCount, runCount, adoptedRunCount } = sweep;
      return answer({ id, name, state, specHash, trialCount, runCount, adoptedRunCount, growth });
    },
    pauseSweep: change('pause'),
    resumeSweep: change('resume'),
    cancelSweep: change('cancel'),
    deleteSweep: async ({ params, query }) => {
      const sweep = await store.read.getSweep(params.id);
      if (!sweep) throw noSweep();
      if (query.confirm !== sweep.name)
        throw new Problem('confirmation-needed', `to delete it send ?confirm=${encodeURIComponent(sweep.name)}`);
      const outcome = await store.sweeps.delete(params.id);
      if (outcome.kind !== 'deleted')
        throw outcome.kind === 'not-found'
          ? noSweep()
          : new Problem('conflict', `a sweep that is ${sweep.state} cannot be deleted: cancel it first`);
      for (const key of outcome.artifacts) await artifacts.remove(key);
      return answer({ id: params.id, removedArtifacts: outcome.artifacts.length });
    },
    listTrials: async ({ params, query }) => {
      const page = await listTrials(
        params.id,
        { cursor: query.cursor ?? null, limit: query.limit, sort: query.sort ?? null, filter: filterOf(query.filter) },
        store.read,
      );
      if (!page) throw noSweep();
      return answer(page);
    },
    compareSweep: async ({ params, query }) => {
      const compared = await compareSweep(
        params.id,
        { metric: query.metric ?? null, by: query.by.split(',') },
        store.read,
      );
      switch (compared.kind) {
        case 'not-found':
          throw noSweep();
        case 'bad-question':
          throw new Problem('bad-request', compared.message);
        case 'compared':
          return answer({ metric: compared.metric, goal: compared.goal, ...compared.table });
      }
    },
    weighParameters: async ({ params, query }) => {
      const pair = query.pair?.split(',') ?? null;
      const weighed = await weighParameters(
        params.id,
        { metric: query.metric ?? null, scale: query.scale, pair: pair && [pair[0] ?? '', pair[1] ?? ''] },
        store.read,
      );
      switch (weighed.kind) {
        case 'not-found':
          throw noSweep();
        case 'bad-question':
          throw new Problem('bad-request', weighed.message);
        case 'weighed': {
          const { metric, goal, because, surface, importance } = weighed;
          return answer({ metric, goal, scale: query.scale, because, surface, ...(importance ?? NOTHING_WEIGHED) });
        }
      }
    },
    exportSweep: async ({ params, query, reply }) => {
      const sweep = await store.read.getSweep(params.id);
      if (!sweep) throw noSweep();
      const types = {
        csv: 'text/csv; charset=utf-8',
        json: 'application/json',
        jsonl: 'application/x-ndjson',
      } as const;
      reply
        .header('content-type', types[query.format])
        .header('content-disposition', `attachment; filename="sweep-${params.id}.${query.format}"`);
      await reply.send(Readable.from(exported(store.read.exportRuns(params.id), query.format)));
      return null;
    },
  };
}

const NOTHING_WEIGHED = {
  method: null,
  trials: 0,
  runs: 0,
  diverged: 0,
  leftOut: 0,
  noise: null,
  explained: null,
  parameters: [],
  interactions: [],
  observed: [],
};

const PAST = { pause: 'paused', resume: 'resumed', cancel: 'cancelled' } as const;
const keyReused = (): Problem =>
  new Problem('idempotency-key-reused', 'this key belongs to another body: send a new key, or the same body');
const noSweep = (): Problem => new Problem('not-found', 'there is no sweep of this id');

function specOf(request: FastifyRequest, text: string): SpecText {
  return { text, format: /yaml/.test(request.headers['content-type'] ?? '') ? 'yaml' : 'json' };
}

function keyOf(request: FastifyRequest): string | null {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key !== 'string' || key.length === 0 || key.length > KEY_AT_MOST)
    throw new Problem('bad-request', `Idempotency-Key must be 1 to ${KEY_AT_MOST} characters`);
  return key;
}

/** `lrG=0.001,noise=uniform`. */
function filterOf(text: string | undefined): Readonly<Record<string, string>> {
  if (text === undefined || text === '') return {};
  const pairs = text.split(',').map((pair) => {
    const [name, value, ...rest] = pair.split('=');
    if (!name || value === undefined || rest.length > 0)
      throw new Problem('bad-request', `filter: '${pair}' is not name=value`);
    return [name, value] as const;
  });
  return Object.fromEntries(pairs);
}

function itemOf(sweep: SweepView): Record<string, unknown> {
  const {
    id,
    name,
    state,
    specHash,
    trialCount,
    runCount,
    adoptedRunCount,
    createdAt,
    endedAt,
    priority,
    counts,
    progress,
  } = sweep;
  return {
    id,
    name,
    state,
    specHash,
    trialCount,
    runCount,
    adoptedRunCount,
    createdAt,
    endedAt,
    priority,
    counts,
    progress,
  };
}

function detailOf(sweep: SweepDetailRow): Record<string, unknown> {
  const { description, pausedBecause, lacks, spec, metrics, axes, seeds, bestTrial, growths, costSeconds } = sweep;
  return {
    ...itemOf(sweep),
    description,
    pausedBecause,
    waitingBecause: waitingBecause(lacks),
    spec,
    metrics,
    axes,
    seeds,
    bestTrial,
    growths,
    cost: { seconds: costSeconds },
  };
}

async function* exported(rows: AsyncGenerator<ExportRow>, format: 'csv' | 'json' | 'jsonl'): AsyncGenerator<string> {
  if (format === 'json') yield '[';
  if (format === 'csv') yield 'runId,trialId,seed,state,kind,name,imagesSeen,value,config\n';
  let first = true;
  for await (const row of rows) {
    if (format === 'jsonl') yield `${JSON.stringify(row)}\n`;
    else if (format === 'json') yield `${first ? '' : ','}\n${JSON.stringify(row)}`;
    else yield csvLines(row);
    first = false;
  }
  if (format === 'json') yield '\n]\n';
}

/** One line a value: points of curves and scores of evaluations. */
function csvLines({ runId, trialId, seed, state, config, curves, evaluations }: ExportRow): string {
  const quoted = `"${JSON.stringify(config).replaceAll('"', '""')}"`;
  const line = (kind: string, name: string, images: number, value: number | null): string =>
    `${runId},${trialId},${seed},${state},${kind},${name},${images},${value ?? ''},${quoted}\n`;
  const points = Object.entries(curves).flatMap(([name, { images, value }]) =>
    images.map((at, i) => line('curve', name, at, value[i] ?? null)),
  );
  const scores = evaluations.flatMap(({ imagesSeen, scores: values }) =>
    Object.entries(values).map(([name, value]) => line('score', name, imagesSeen, value)),
  );
  return [...points, ...scores].join('');
}
