import { EXTRACTOR_NAMES, type ImageSamples, randomStream } from '@gansweep/domain';
import { liveOnnxSessions, onnxExecutor, referenceExecutor } from '@gansweep/program';
import { describe, expect, it } from 'vitest';
import { openExtractor } from './open-extractor.ts';
import { tensorsHash } from './tensors-hash.ts';

function noise(count: number, shape: { height: number; width: number; channels: number }): ImageSamples {
  const values = new Float64Array(count * shape.height * shape.width * shape.channels);
  randomStream(1, 99).uniforms(0, values);
  return { kind: 'images', count, ...shape, data: Uint8Array.from(values, (value) => Math.floor(256 * value)) };
}

const grey = { height: 32, width: 32, channels: 1 };
const colour = { height: 64, width: 64, channels: 3 };

describe('extractors', () => {
  it.each(EXTRACTOR_NAMES)(
    '%s gives every image the features that its passport promises, alone or among others',
    async (name) => {
      const before = liveOnnxSessions();
      {
        await using extractor = await openExtractor(name, await onnxExecutor({ threads: 1 }), grey);
        const images = noise(7, grey);
        const features = await extractor.features(images);
        expect([features.rows, features.columns]).toEqual([7, extractor.facts.dimension]);
        expect(extractor.facts).toMatchObject({ id: name, weights: expect.stringMatching(/^[0-9a-f]{64}$/) });
        const alone = await extractor.features({ ...images, count: 1, data: images.data.slice(3 * 1024, 4 * 1024) });
        for (let k = 0; k < features.columns; k++)
          expect(alone.data[k]).toBeCloseTo(features.data[3 * features.columns + k] ?? Number.NaN, 5);
        await expect(async () => extractor.features(noise(2, { ...grey, height: 64, width: 64 }))).rejects.toThrow(
          '32×32×1',
        );
      }
      expect(liveOnnxSessions()).toBe(before);
    },
  );

  it('random is the same network on every machine, and agrees with the reference', async () => {
    await using extractor = await openExtractor('random', await onnxExecutor({ threads: 1 }), colour);
    await using reference = await openExtractor('random', referenceExecutor(), { ...colour, height: 16, width: 16 });
    await using small = await openExtractor('random', await onnxExecutor({ threads: 1 }), {
      ...colour,
      height: 16,
      width: 16,
    });
    expect(extractor.facts.weights).toBe('dbe9745f4f5f81248c5c2eed979b0f2146621d7fde2d3443c4211cdb703fb800');
    expect(reference.facts.weights).toBe(extractor.facts.weights);
    const images = noise(2, { ...colour, height: 16, width: 16 });
    const [expected, found] = [await reference.features(images), await small.features(images)];
    found.data.forEach((value, i) => {
      expect(value).toBeCloseTo(expected.data[i] ?? Number.NaN, 5);
    });
  });

  it('pixels are means of squares, channel by channel', async () => {
    const extractor = await openExtractor('pixels', referenceExecutor(), colour);
    const data = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => {
      const [x, y, c] = [Math.floor(i / 3) % 64, Math.floor(i / 192), i % 3];
      return c === 1 ? 51 : c === 2 ? (x % 2) * 102 : 4 * Math.floor(y / 4);
    });
    const { data: found } = await extractor.features({ kind: 'images', count: 1, ...colour, data });
    expect(extractor.facts.dimension).toBe(16 * 16 * 3);
    // Row 5, column 2 of 16: grey values 20, 51, and 0 and 102 in turn.
    [20 / 255, 0.2, 0.2].forEach((expected, c) => {
      expect(found[5 * 48 + 2 * 3 + c]).toBeCloseTo(expected, 12);
    });
  });

  it('refuse sides that they cannot halve, and digits in colour', async () => {
    await expect(openExtractor('random', referenceExecutor(), { ...grey, width: 28 })).rejects.toThrow(
      'multiples of 16',
    );
    await expect(openExtractor('pixels', referenceExecutor(), { ...grey, width: 33 })).rejects.toThrow('averages 4×4');
    await using lenet = await openExtractor('lenet', referenceExecutor(), colour);
    await expect(async () => lenet.features(noise(1, colour))).rejects.toThrow('the classifier sees 32×32×1');
  });
});

describe('the hash of weight tensors', () => {
  const [a, b] = [
    { name: 'a', shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) },
    { name: 'b', shape: [3], values: Float32Array.of(5, 6, 7) },
  ];

  it('does not mind names and order, and minds shapes and numbers', () => {
    expect(tensorsHash([b, { ...a, name: 'renamed' }])).toBe(tensorsHash([a, b]));
    expect(tensorsHash([{ ...a, shape: [4] }, b])).not.toBe(tensorsHash([a, b]));
    expect(tensorsHash([{ ...a, values: Float32Array.of(1, 2, 3, 5) }, b])).not.toBe(tensorsHash([a, b]));
    expect(tensorsHash([a])).not.toBe(tensorsHash([a, a]));
  });
});
