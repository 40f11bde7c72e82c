import { ROUTES } from '@gansweep/contract';
import { CURVE_NAMES, type PanelName, type RunId } from '@gansweep/domain';
import type { FastifyReply } from 'fastify';
import { Problem } from '../problems.ts';
import { streamLogs } from './event-stream.ts';
import { type ApiDeps, answer, type Handlers } from './handler.ts';
import { pageOfAll } from './page-of-all.ts';

type Names =
  | 'listRuns'
  | 'getRun'
  | 'getCurves'
  | 'listEvaluations'
  | 'listSamples'
  | 'getSample'
  | 'listPanels'
  | 'getPanel'
  | 'getPanelData'
  | 'listCheckpoints'
  | 'getKeptGenerator'
  | 'getLogs'
  | 'cancelRun'
  | 'retryRun';

export function runHandlers(deps: ApiDeps): Handlers<Names> {
  const { store, artifacts } = deps;
  const { read } = store;
  const known = async (id: RunId) => {
    const run = await read.getRun(id);
    if (!run) throw noRun();
    return run;
  };
  const changed = async (id: RunId, outcome: 'ok' | 'not-found' | 'conflict', verb: string) => {
    if (outcome === 'not-found') throw noRun();
    const run = await known(id);
    if (outcome === 'conflict') throw new Problem('conflict', `a run that is ${run.state} cannot be ${verb}`);
    return answer({ id, state: run.state });
  };
  const panelFile = async (
    { id, name, images }: { readonly id: RunId; readonly name: PanelName; readonly images: number },
    part: 'picture' | 'data',
  ): Promise<Uint8Array> => {
    const panel = (await read.panels(id)).find((one) => one.name === name && one.imagesSeen === images);
    const bytes = panel ? await artifacts.read(panel[part]) : null;
    if (!bytes) throw new Problem('not-found', `there is no panel ${name} at this number of images`);
    return bytes;
  };
  return {
    listRuns: async ({ query }) =>
      answer(
        await read.listRuns({
          cursor: query.cursor ?? null,
          limit: query.limit,
          sweep: query.sweep ?? null,
          state: query.state ?? null,
        }),
      ),
    getRun: async ({ params }) => answer(await known(params.id)),
    getCurves: async ({ params, query }) => {
      await known(params.id);
      return answer({
        series: await read.curves(params.id, { names: query.names ?? CURVE_NAMES, maxPoints: query.maxPoints }),
      });
    },
    listEvaluations: async ({ params, query }) => {
      await known(params.id);
      return answer(pageOfAll(await read.evaluations(params.id), query));
    },
    listSamples: async ({ params, query }) => {
      await known(params.id);
      const samples = await read.samples(params.id);
      const items = samples.map(({ imagesSeen }) => ({
        imagesSeen,
        url: ROUTES.getSample.path.replace(':id', params.id).replace(':images', String(imagesSeen)),
      }));
      return answer(pageOfAll(items, query));
    },
    getSample: async ({ params, reply }) => {
      const sample = (await read.samples(params.id)).find(({ imagesSeen }) => imagesSeen === params.images);
      const bytes = sample ? await artifacts.read(sample.artifact) : null;
      if (!bytes) throw new Problem('not-found', 'there is no sample grid at this number of images');
      await sendPng(reply, bytes, 'samples.png');
      return null;
    },
    listPanels: async ({ params, query }) => {
      await known(params.id);
      const address = (path: string, name: string, imagesSeen: number): string =>
        path.replace(':id', params.id).replace(':name', name).replace(':images', String(imagesSeen));
      const items = (await read.panels(params.id)).map(({ name, imagesSeen }) => ({
        name,
        imagesSeen,
        url: address(ROUTES.getPanel.path, name, imagesSeen),
        dataUrl: address(ROUTES.getPanelData.path, name, imagesSeen),
      }));
      return answer(pageOfAll(items, query));
    },
    getPanel: async ({ params, reply }) => {
      await sendPng(reply, await panelFile(params, 'picture'), `${params.name}.png`);
      return null;
    },
    getPanelData: async ({ params }) => answer(JSON.parse(Buffer.from(await panelFile(params, 'data')).toString())),
    listCheckpoints: async ({ params, query }) => {
      await known(params.id);
      return answer(pageOfAll(await read.checkpoints(params.id), query));
    },
    getKeptGenerator: async ({ params, reply }) => {
      const artifact = await read.keptGenerator(params.id, params.images);
      const bytes = artifact === null ? null : await artifacts.read(artifact);
      if (!bytes) throw new Problem('not-found', 'no generator was kept at this number of images');
      reply
        .code(200)
        .header('content-type', 'application/octet-stream')
        .header('content-disposition', `attachment; filename="${params.id}-${params.images}.generator"`);
      await reply.send(Buffer.from(bytes));
      return null;
    },
    getLogs: async ({ params, query, reply, request }) => {
      await known(params.id);
      const page = { cursor: query.cursor ?? null, limit: query.limit };
      if (!query.follow) {
        const { items, nextCursor } = await read.logs(params.id, page);
        return answer({ items, nextCursor });
      }
      await streamLogs(params.id, page, { deps, request, reply });
      return null;
    },
    cancelRun: async ({ params }) => changed(params.id, await store.sweeps.cancelRun(params.id), 'cancelled'),
    retryRun: async ({ params, text }) => {
      const body = ROUTES.retryRun.body.safeParse(jsonOf(text));
      if (!body.success)
        throw new Problem(
          'bad-request',
          undefined,
          body.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
        );
      const retried = await changed(params.id, await store.sweeps.retryRun(params.id, body.data.fresh), 'tried again');
      deps.ring();
      return retried;
    },
  };
}

const noRun = (): Problem => new Problem('not-found', 'there is no run of this id');

async function sendPng(reply: FastifyReply, bytes: Uint8Array, filename: string): Promise<void> {
  reply
    .code(200)
    .header('content-type', 'image/png')
    .header('content-disposition', `inline; filename="${filename}"`)
    .header('cache-control', 'private, max-age=3600')
    .header('content-security-policy', "default-src 'none'; sandbox");
  await reply.send(Buffer.from(bytes));
}

function jsonOf(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem('bad-request', 'the body is not JSON');
  }
}
