import { afterAll, beforeAll, expect, it } from 'vitest';
import { openService, type Service, smallSpec } from './open-service.ts';
import { claimAll, PASSPORT, succeed } from './train-runs.ts';

let service: Service;
beforeAll(async () => {
  service = await openService();
});
afterAll(() => service[Symbol.asyncDispose]() as Promise<void>);

const RING = {
  name: 'torch-ring',
  weights: 'a'.repeat(64),
  path: '/models/ring.onnx',
  file: 'b'.repeat(64),
  latent: { input: 'z', size: 2, law: 'gaussian' },
  classes: null,
  layerNoise: null,
  truncation: null,
  output: { name: 'samples', kind: 'points' },
  batch: null,
} as const;
const scores = (js: number, passport: object) => ({
  weights: RING.weights,
  evaluations: [{ protocol: 'density2d/v1', passport: { ...passport }, scores: { js, kl: null } }],
});

it('a generator from elsewhere stands beside the trials whose passports its scores have', async () => {
  const { client } = service;
  const { id } = await client.submitSweep({ text: JSON.stringify(smallSpec({ seeds: 1 })), format: 'json' });
  for (const run of await claimAll(service)) await succeed(service, run, 0.5);
  expect(await client.registerGenerator({ body: RING })).toEqual({ name: RING.name, done: 'new' });
  expect(await client.registerGenerator({ body: RING })).toMatchObject({ done: 'same' });
  expect((await client.compareGenerators({ id })).items).toEqual([]);

  const more = { ...PASSPORT, fake: { n: 11, imagesSeen: null } };
  await client.scoreGenerator({ name: RING.name, body: scores(0.1, more) });
  expect((await client.compareGenerators({ id })).items).toEqual([]);
  const alike = { ...PASSPORT, fake: { n: 10, imagesSeen: null, generator: RING.name }, run: { date: 'now' } };
  await client.scoreGenerator({ name: RING.name, body: scores(0.3, alike) });
  await client.scoreGenerator({ name: RING.name, body: scores(0.2, alike) });
  expect((await client.compareGenerators({ id })).items).toEqual([
    {
      name: RING.name,
      weights: RING.weights,
      scores: { js: { value: 0.2, protocol: 'density2d/v1' }, kl: { value: null, protocol: 'density2d/v1' } },
    },
  ]);

  const shown = await client.getGenerator({ name: RING.name });
  expect(shown).toMatchObject({ ...RING, evaluations: [{ scores: { js: expect.any(Number) } }, {}] });
  expect((await client.listGenerators({})).items.map(({ name }) => name)).toEqual([RING.name]);

  // Another network under the name is another generator: nothing of the old one is said of it.
  const newer = { ...RING, weights: 'c'.repeat(64) };
  expect(await client.registerGenerator({ body: newer })).toMatchObject({ done: 'replaced' });
  await expect(client.scoreGenerator({ name: RING.name, body: scores(0.2, alike) })).rejects.toThrow(
    'of these weights',
  );
  expect((await client.compareGenerators({ id })).items).toEqual([]);

  // Nor of the same network read otherwise, also where it was being scored when that changed.
  const { registeredAt } = await client.getGenerator({ name: RING.name });
  const late = { ...scores(0.2, alike), weights: newer.weights };
  await client.scoreGenerator({ name: RING.name, body: { ...late, registeredAt } });
  const otherwise = { ...newer, latent: { ...RING.latent, law: 'spherical' as const } };
  expect(await client.registerGenerator({ body: otherwise })).toMatchObject({ done: 'replaced' });
  await expect(client.scoreGenerator({ name: RING.name, body: { ...late, registeredAt } })).rejects.toThrow(
    'registered as it was scored',
  );
  expect((await client.compareGenerators({ id })).items).toEqual([]);
  expect((await client.getGenerator({ name: RING.name })).evaluations).toEqual([]);
  await client.removeGenerator({ name: RING.name });
  await expect(client.getGenerator({ name: RING.name })).rejects.toThrow('gansweep generator add');
});

it.each([
  ['a path as its name', { name: '../etc' }],
  ['other words', { command: 'rm' }],
  ['a law of its own', { latent: { ...RING.latent, law: 'cauchy' } }],
  ['images without sides', { output: { name: 'samples', kind: 'images' } }],
])('refuses facts with %s', async (_, wrong) => {
  const answer = await service.post('/api/v1/generators', JSON.stringify({ ...RING, ...wrong }));
  expect(answer.status).toBe(400);
});
