import type { NoiseLaw } from '@gansweep/domain';
import { type Executor, onnxExecutor, wasmExecutor } from '@gansweep/program';
import { describe, expect, it } from 'vitest';
import { encodeCheckpoint } from '../src/checkpoint.ts';
import { decodeCheckpoint, type FullCheckpoint, type OpenNetworks, openNetworks } from '../src/index.ts';
import { roundLaw, smallConvolutional, smallImages, smallPlane, smallStyle, stripes, tell } from './small-runs.ts';

const executor = await onnxExecutor();
const WIDE = { kernel: 5, upsample: 'nearest', leak: 0.1, bnEps: 0.5 } as const;

async function plane(change: Parameters<typeof smallPlane>[0] = {}, seed = 1): Promise<Uint8Array> {
  const { end } = await tell({
    configuration: smallPlane(change),
    reals: roundLaw({ centre: [0, 1], sigma: 0.2 }),
    executor: wasmExecutor(),
    seed,
  });
  if (end.kind === 'diverged') throw new Error('diverged');
  return end.checkpoint;
}

async function images(): Promise<Uint8Array> {
  const { end } = await tell({ configuration: smallImages(), reals: stripes({ channels: 3 }), executor });
  if (end.kind === 'diverged') throw new Error('diverged');
  return end.checkpoint;
}

function networksOf(bytes: Uint8Array, by: Executor): OpenNetworks {
  const opened = openNetworks({ bytes, name: 'the run' }, by);
  if (!opened.ok) throw new Error(opened.error);
  return opened.value;
}

describe('networks of a checkpoint', () => {
  it('that cannot be read are an answer that names the file and the mend', async () => {
    const bytes = await plane();
    const refusal = (changed: Uint8Array): unknown =>
      openNetworks({ bytes: changed, name: 'runs/7/96.full' }, executor);
    const damaged = bytes.slice();
    damaged[500] = (damaged[500] as number) ^ 1;
    expect(refusal(damaged)).toEqual({
      ok: false,
      error: expect.stringMatching(/^runs\/7\/96\.full: .* damaged.* train it anew \(gansweep retry RUN --fresh\)$/),
    });
    expect(refusal(bytes.subarray(0, 40))).toMatchObject({
      error: expect.stringMatching(/^runs.* take an earlier one/),
    });
    const { partialSums, iteration, ...rest } = decodeCheckpoint(bytes) as FullCheckpoint;
    const kept = encodeCheckpoint({ ...rest, kind: 'generator' });
    expect(refusal(kept)).toMatchObject({ error: expect.stringMatching(/without D: take a full checkpoint/) });
    const { pD, ...others } = rest.tensors;
    const bare = encodeCheckpoint({ ...rest, partialSums, iteration, tensors: others });
    expect(refusal(bare)).toMatchObject({ error: expect.stringMatching(/tensor pD .* 0 elements instead of/) });
    expect(pD?.length).toBeGreaterThan(0);
  });

  it('have the same noise whatever the seed and the weights', async () => {
    await using first = networksOf(await plane(), executor);
    await using other = networksOf(await plane({ lrG: 0.01, widthG: 4 }, 2), executor);
    expect(first.noise(64)).toEqual(other.noise(64));
    expect(first.noise(64, 1)).not.toEqual(first.noise(64));
  });

  it('answer for a point in its own company alike wherever it stands, and for those judged together at once', async () => {
    await using networks = networksOf(await plane({ samplesD: 4, maxoutD: 2 }), wasmExecutor());
    const points = Float32Array.from({ length: 600 }, (_, i) => Math.sin(i));
    const surface = await networks.surface(points);
    expect((await networks.surface(points.subarray(590))).slice(-1)).toEqual(surface.slice(-1));
    const judged = await networks.judge(points);
    for (let i = 0; i < 300; i += 4) expect(new Set(judged.subarray(i, i + 4)).size).toBe(1);
    expect(new Set(judged).size).toBeGreaterThan(50);
    // A point among three others like it is judged as by itself.
    const alike = Float32Array.from({ length: 8 }, (_, i) => points[i % 2] as number);
    expect((await networks.judge(alike))[0]).toBeCloseTo(surface[0] as number, 6);
  });

  it.each([1, 4])('push points along the gradient of what a D of %i samples answers', async (samplesD) => {
    await using networks = networksOf(await plane({ samplesD }), wasmExecutor());
    const points = Float32Array.from({ length: 600 }, (_, i) => Math.sin(i));
    const pull = await networks.pull(points);
    expect(pull).toHaveLength(600);
    const step = 1e-3;
    for (const axis of [0, 1]) {
      const moved = (by: number): Float32Array => points.map((x, i) => (i % 2 === axis ? x + by : x));
      const [up, down] = [await networks.surface(moved(step)), await networks.surface(moved(-step))];
      const differences = up.map((value, i) => (value - (down[i] as number)) / (2 * step));
      const right = differences.filter((value, i) => Math.abs(value - (pull[2 * i + axis] as number)) < 2e-3);
      // A leaky unit breaks within the step here and there.
      expect(right.length / differences.length).toBeGreaterThan(0.95);
    }
  });

  it('make images of latents however many there are, and see a picture of them as they were', async () => {
    await using networks = networksOf(await images(), executor);
    const z = networks.noise(130);
    const made = await networks.generate({ z });
    const each = made.length / 130;
    const { nz } = networks.configuration;
    const rest = await networks.generate({ z: z.subarray(120 * nz) });
    expect(rest.every((value, i) => Math.abs(value - (made[120 * each + i] as number)) < 1e-5)).toBe(true);
    const seen = networks.seen(networks.shown(made));
    expect(seen.every((value, i) => Math.abs(value - (made[i] as number)) <= 1 / 255 + 1e-6)).toBe(true);
    const answers = await networks.judge(seen);
    expect(answers).toHaveLength(130);
    expect(answers.every((answer) => answer > 0 && answer < 1)).toBe(true);
  });

  it('make images of styles: alone, drawn to their mean, and mixed', async () => {
    const { end } = await tell({
      configuration: smallStyle({ resolution: 16 }),
      reals: stripes({ channels: 3 }),
      executor,
    });
    if (end.kind === 'diverged') throw new Error('diverged');
    await using networks = networksOf(end.checkpoint, executor);
    expect(networks.encode).toBeUndefined();
    const styled = networks.styled;
    if (!styled) throw new Error('a G of styles has none');
    const { nz } = networks.configuration;
    const z = networks.noise(3);
    const second = networks.noise(3, 1);
    const near = (a: Float32Array, b: Float32Array): boolean =>
      a.every((x, i) => Math.abs(x - (b[i] as number)) < 1e-4);
    const alone = await networks.generate({ z });
    expect(near(await styled.generate({ z }), alone)).toBe(true);
    expect(near(await styled.generate({ z, mixing: { second, from: styled.layers } }), alone)).toBe(true);
    const others = await networks.generate({ z: second });
    expect(near(await styled.generate({ z, mixing: { second, from: 0 } }), others)).toBe(true);
    const between = await styled.generate({ z, mixing: { second, from: 1 } });
    expect(near(between, alone) || near(between, others)).toBe(false);
    const mean = await styled.generate({ z, truncation: Float32Array.of(0, 0, 1) });
    const each = mean.length / 3;
    expect(near(mean.subarray(0, each), mean.subarray(each, 2 * each))).toBe(true);
    expect(near(mean.subarray(2 * each), alone.subarray(2 * each))).toBe(true);
    expect(z).toHaveLength(3 * nz);
  });

  it('encode images one by one', async () => {
    const { end } = await tell({
      configuration: smallConvolutional({ model: 'aae', ...WIDE }),
      reals: stripes({ channels: 3 }),
      executor,
    });
    if (end.kind === 'diverged') throw new Error('diverged');
    await using networks = networksOf(end.checkpoint, executor);
    const images = await networks.generate({ z: networks.noise(5) });
    const codes = await networks.encode?.(images);
    expect(codes).toHaveLength(5 * networks.configuration.nz);
    const one = await networks.encode?.(images.slice(images.length * 0.8));
    one?.forEach((value, i) => {
      expect(value).toBeCloseTo(codes?.[4 * networks.configuration.nz + i] as number, 4);
    });
  });

  it.each<[NoiseLaw, number]>([
    ['gaussian', 0],
    ['uniform', 0.5],
    ['truncated-gaussian', 0.5],
    ['spherical', 0],
  ])('place %s noise by its shares', async (noise, median) => {
    await using networks = networksOf(await plane({ noise, images: 16 }), executor);
    const [low, middle, high] = [0.1, 0.5, 0.9].map(
      (share) => networks.noiseAt(Float32Array.of(share, 0.5))[0] as number,
    );
    expect(middle).toBeCloseTo(median, 6);
    expect(low).toBeLessThan(middle as number);
    expect((low as number) + (high as number)).toBeCloseTo(2 * median, 5);
  });
});
