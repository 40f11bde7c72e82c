import { loadMnist } from '@gansweep/datasets';
import type { ImageSamples } from '@gansweep/domain';
import { type Executor, onnxExecutor, referenceExecutor } from '@gansweep/program';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Lenet, openLenet } from '../src/extractors/lenet/lenet-extractor.ts';
import { LENET_ACCURACY } from '../src/extractors/lenet/lenet-weights.ts';
import { trainLenet } from '../src/extractors/lenet/train-lenet.ts';

async function testImages(first: number, count: number): Promise<ImageSamples & { labels: Uint8Array }> {
  const { labels, height, width, channels, copy } = await loadMnist('test');
  const data = new Uint8Array(count * height * width * channels);
  copy(
    Uint32Array.from({ length: count }, (_, i) => first + i),
    data,
  );
  return { kind: 'images', count, height, width, channels, data, labels: labels.subarray(first, first + count) };
}

const share = (found: Uint8Array, labels: Uint8Array): number =>
  found.filter((digit, i) => digit === labels[i]).length / labels.length;

describe('the classifier of digits', () => {
  let executor: Executor;
  let lenet: Lenet;
  beforeAll(async () => {
    executor = await onnxExecutor({ threads: 1 });
    lenet = await openLenet(executor);
    return () => lenet[Symbol.asyncDispose]();
  });

  it('names at least 99 % of the 10,000 test digits', async () => {
    const test = await testImages(0, 10_000);
    expect(share(await lenet.classify(test), test.labels)).toBeGreaterThanOrEqual(0.99);
    expect(share(await lenet.classify(test), test.labels)).toBeCloseTo(LENET_ACCURACY, 3);
  });

  it('gives 64 features an image, none of them constant, the same for an image in any place of a batch', async () => {
    const all = await lenet.features(await testImages(0, 600));
    expect([all.rows, all.columns]).toEqual([600, 64]);
    const late = await lenet.features(await testImages(590, 10));
    expect(late.data).toEqual(all.data.slice(590 * 64));
    for (let column = 0; column < 64; column++) {
      const values = all.data.filter((_, i) => i % 64 === column);
      expect(Math.max(...values) - Math.min(...values), `feature ${column}`).toBeGreaterThan(0.1);
    }
  });

  it('has features of unit mean square over the training digits', async () => {
    const { height, width, channels, copy } = await loadMnist('train');
    const data = new Uint8Array(10_000 * height * width * channels);
    copy(
      Uint32Array.from({ length: 10_000 }, (_, i) => i),
      data,
    );
    const { data: values } = await lenet.features({ kind: 'images', count: 10_000, height, width, channels, data });
    expect(values.reduce((sum, value) => sum + value * value, 0) / values.length).toBeCloseTo(1, 4);
  });

  it('agrees with the reference executor', async () => {
    const few = await testImages(0, 3);
    await using reference = await openLenet(referenceExecutor());
    const [found, expected] = [await lenet.features(few), await reference.features(few)];
    found.data.forEach((value, i) => {
      expect(Math.abs(value - (expected.data[i] ?? 0))).toBeLessThan(1e-4);
    });
  });

  it('refuses images of another shape', async () => {
    const images = await testImages(0, 1);
    await expect(lenet.features({ ...images, height: 28, width: 28 })).rejects.toThrow('sees 32×32×1, not 28×28×1');
  });
});

it('trains to the same weights from the same seed, and learns', { timeout: 120_000 }, async () => {
  const executor = await onnxExecutor({ threads: 1 });
  const mnist = await loadMnist('train');
  const images = { ...mnist, count: 2_000 };
  const losses: number[] = [];
  const train = (seed: number) =>
    trainLenet({
      images,
      executor,
      seed,
      epochs: 2,
      batch: 100,
      lr: 2e-3,
      shift: 2,
      onEpoch: (_, loss) => losses.push(loss),
    });
  const [first, again, other] = [await train(1), await train(1), await train(2)];
  expect(again).toEqual(first);
  expect(other['conv1.kernel']).not.toEqual(first['conv1.kernel']);
  expect(losses[1]).toBeLessThan((losses[0] ?? 0) * 0.7);
  await using lenet = await openLenet(executor, first);
  const test = await testImages(0, 1_000);
  expect(share(await lenet.classify(test), test.labels)).toBeGreaterThan(0.8);
});
