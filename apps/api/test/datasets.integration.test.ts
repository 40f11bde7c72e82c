import { afterAll, beforeAll, expect, it } from 'vitest';
import { openService, type Service, smallSpec } from './open-service.ts';

let service: Service;
beforeAll(async () => {
  service = await openService();
});
afterAll(() => service[Symbol.asyncDispose]() as Promise<void>);

const FACES = {
  id: 'folder:faces',
  dataHash: 'a'.repeat(64),
  root: '/data/faces',
  channels: 3,
  background: [255, 255, 255] as const,
  classes: ['happy', 'sad'],
  classesFrom: 'folders',
  excluded: [],
  count: 100,
} as const;
const spec = (parameters: object): string =>
  JSON.stringify(
    smallSpec({
      seeds: 1,
      parameters: {
        model: { value: 'dcgan' },
        dataset: { value: 'folder:faces' },
        resolution: { value: 64 },
        ...parameters,
      },
    }),
  );

it('registers versions of a folder, which specs may name from then on; the same again changes nothing', async () => {
  const refused = await service.post('/api/v1/sweeps', spec({}));
  expect([refused.status, await refused.json()]).toMatchObject([
    422,
    { problems: [{ path: 'parameters.dataset', message: expect.stringContaining('gansweep dataset add faces DIR') }] },
  ]);
  expect(await service.client.registerFolder({ body: FACES })).toMatchObject({ version: 1 });
  expect(await service.client.registerFolder({ body: FACES })).toMatchObject({ version: 1 });
  const submitted = await service.post('/api/v1/sweeps', spec({}));
  expect(submitted.status).toBe(201);
  const newer = { ...FACES, dataHash: 'b'.repeat(64), excluded: ['happy/1.png'], count: 99 };
  expect(await service.client.registerFolder({ body: newer })).toMatchObject({ version: 2 });
  const { items } = await service.client.listDatasets({ limit: 500 });
  expect(items.find(({ id }) => id === 'folder:faces')).toMatchObject({
    kind: 'folder',
    dataHash: newer.dataHash,
    classes: ['happy', 'sad'],
    folder: { number: 2, count: 99 },
  });
  expect(items.find(({ id }) => id === 'mnist')).toMatchObject({ kind: 'built-in', folder: null });
  // A run made before keeps its content, and finds the version that it was made for.
  expect(await service.store.folders.find('folder:faces', FACES.dataHash)).toEqual(FACES);
  const again = await service.post('/api/v1/sweeps/preview', spec({ classes: { value: 'angry' } }));
  expect([again.status, await again.json()]).toMatchObject([422, { problems: [{ path: 'parameters.classes' }] }]);
});

it('hands the registered version to whoever claims a run of it', async () => {
  await service.client.registerFolder({ body: FACES });
  await service.post('/api/v1/sweeps', spec({ lrD: { value: 1e-3 }, classes: { value: 'sad' } }));
  const workerId = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f' as Parameters<typeof service.store.runs.workerGone>[0];
  await service.store.runs.workerBeat({
    workerId,
    host: 'here',
    pid: 1,
    backend: 'onnx',
    device: 'cpu',
    slots: 1,
    state: 'active',
    offers: null,
    unwell: [],
  });
  const [run] = await service.store.runs.claim({ workerId, slot: 0, limit: 1, leaseMs: 30_000 });
  expect(run).toMatchObject({ dataHash: FACES.dataHash, folder: FACES });
});

it.each([
  ['a path as its name', { id: 'folder:../etc' }],
  ['another hash', { dataHash: 'xyz' }],
  ['no pictures', { count: 0 }],
  ['a key too many', { command: 'rm' }],
])('refuses facts with %s', async (_, wrong) => {
  const answer = await service.post('/api/v1/datasets', JSON.stringify({ ...FACES, ...wrong }));
  expect(answer.status).toBe(400);
});
