import { onnxExecutor, referenceExecutor } from '@gansweep/program';
import { describe, expect, it } from 'vitest';
import { CheckpointError, decodeCheckpoint, encodeCheckpoint, openGenerator } from '../src/index.ts';
import { roundLaw, smallImages, smallPlane, stripes, tell } from './small-runs.ts';

const executor = await onnxExecutor();

async function trained(kind: 'plane' | 'images') {
  const { end } = await tell(
    kind === 'plane'
      ? { configuration: smallPlane({ nz: 3 }), reals: roundLaw({ centre: [0, 1], sigma: 0.2 }), executor }
      : { configuration: smallImages(), reals: stripes({ channels: 3 }), executor },
  );
  if (end.kind === 'diverged') throw new Error('diverged');
  return end;
}

describe.each(['plane', 'images'] as const)('a generator of %s', (kind) => {
  it('gives sample i by seed and i alone, however many are drawn', async () => {
    const { generator } = await trained(kind);
    await using opened = await openGenerator(generator, executor);
    const many = await opened.draw({ count: 250, seed: 3 });
    const few = await opened.draw({ count: 7, seed: 3 });
    const each = many.data.length / 250;
    expect(few.data).toEqual(many.data.slice(0, 7 * each));
    const rest = await opened.draw({ count: 50, seed: 3, start: 200 });
    expect(rest.data).toEqual(many.data.slice(200 * each));
    expect((await opened.draw({ count: 7, seed: 4 })).data).not.toEqual(few.data);
  });

  it('draws the same from its own bytes and from the full checkpoint', async () => {
    const { generator, checkpoint } = await trained(kind);
    await using small = await openGenerator(generator, executor);
    await using full = await openGenerator(checkpoint, executor);
    expect((await small.draw({ count: 20, seed: 1 })).data).toEqual((await full.draw({ count: 20, seed: 1 })).data);
    expect(await full.bytes()).toEqual(generator);
    expect(generator.length).toBeLessThan(checkpoint.length / 2);
  });
});

it('images are NHWC bytes of what the reference computes, (x + 1) · 127.5', async () => {
  const { generator } = await trained('images');
  await using native = await openGenerator(generator, executor);
  await using exact = await openGenerator(generator, referenceExecutor());
  const [found, expected] = [await native.draw({ count: 5, seed: 2 }), await exact.draw({ count: 5, seed: 2 })];
  expect(found).toMatchObject({ kind: 'images', count: 5, height: 16, width: 16, channels: 3 });
  found.data.forEach((value, i) => {
    expect(Math.abs(value - (expected.data[i] as number))).toBeLessThanOrEqual(1);
  });
});

it('samples by the running statistics, so that they matter', async () => {
  const { generator } = await trained('images');
  const checkpoint = decodeCheckpoint(generator);
  const { pG, sG } = checkpoint.tensors as { pG: Float32Array; sG: Float32Array };
  const moved = encodeCheckpoint({ ...checkpoint, tensors: { pG, sG: sG.map((x) => x * 4) } });
  await using one = await openGenerator(generator, executor);
  await using other = await openGenerator(moved, executor);
  expect((await one.draw({ count: 3, seed: 1 })).data).not.toEqual((await other.draw({ count: 3, seed: 1 })).data);
});

it('refuses damaged bytes', async () => {
  const { generator } = await trained('plane');
  await expect(openGenerator(generator.subarray(1), executor)).rejects.toThrow(CheckpointError);
});
