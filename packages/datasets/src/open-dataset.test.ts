import { DATA_HASHES } from '@gansweep/domain';
import { expect, it } from 'vitest';
import { openDataset } from './open-dataset.ts';

it('opens the test images as held-out reals of mnist', async () => {
  const mnist = await openDataset({ dataset: 'mnist' });
  expect([mnist.train.kind, mnist.heldOut.kind]).toEqual(['images', 'images']);
  if (mnist.train.kind !== 'images' || mnist.heldOut.kind !== 'images') throw new Error('not images');
  expect([mnist.train.count, mnist.heldOut.count]).toEqual([60_000, 10_000]);
  expect(mnist.dataHash).toBe(DATA_HASHES.mnist);
});

it('has the digits of mnist without their margin of zeros, too', async () => {
  const [bare, whole] = [
    await openDataset({ dataset: 'mnist', resolution: 28 }),
    await openDataset({ dataset: 'mnist' }),
  ];
  if (bare.train.kind !== 'images' || whole.train.kind !== 'images') throw new Error('not images');
  expect([bare.train.height, bare.train.width, bare.train.count]).toEqual([28, 28, 60_000]);
  const [small, large] = [new Uint8Array(28 * 28), new Uint8Array(32 * 32)];
  bare.train.copy(Uint32Array.of(7), small);
  whole.train.copy(Uint32Array.of(7), large);
  expect([...small]).toEqual([...large].filter((_, i) => i % 32 > 1 && i % 32 < 30 && i >= 64 && i < 30 * 32));
  expect(bare.train.labels).toEqual(whole.train.labels);
  expect(bare.part).not.toBe(whole.part);
});

it('names the images to train on by set and choice, so that equal names are equal images', async () => {
  const content = async (subset: number): Promise<string | undefined> => {
    const { train } = await openDataset({ dataset: 'mnist', subset });
    return train.kind === 'images' ? train.content : undefined;
  };
  expect(await content(0)).toBe((await openDataset({ dataset: 'mnist' })).part);
  expect(await content(100)).toBeDefined();
  expect(await content(100)).not.toBe(await content(0));
});

it('holds out points of a law that training never sees', async () => {
  const ring = await openDataset({ dataset: 'ring8' });
  if (ring.train.kind !== 'plane' || ring.heldOut.kind !== 'plane') throw new Error('not a law');
  const [seen, heldOut] = [new Float32Array(20), new Float32Array(20)];
  ring.train.draw(1, 0, seen);
  ring.heldOut.draw(1, 0, heldOut);
  expect(heldOut).not.toEqual(seen);
  expect(ring.dataHash).toBe('law:ring8/v1');
});
