import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openOnnxGraph } from '@gansweep/program';
import { afterAll, describe, expect, it } from 'vitest';
import { type Layer, layersToOnnx } from './layers-to-onnx.ts';
import { isNsfwjs, mobilenetOnnx, type StoredWeight, weightsOf } from './mobilenet.ts';

const layer = (class_name: string, name: string, from: readonly string[], config: object = {}): Layer => ({
  class_name,
  config: { name, ...config },
  inbound_nodes: from.length === 0 ? [] : [from.map((source) => [source, 0, 0, {}])],
});
const convolution = { strides: [1, 1], padding: 'same', activation: 'linear', use_bias: false };

/** Two 4×4 channels: padded and halved by a convolution, normed, cut, convolved by channel, added to what it was made of, averaged. */
const LAYERS: readonly Layer[] = [
  layer('InputLayer', 'input', [], { batch_input_shape: [null, 4, 4, 2] }),
  layer('ZeroPadding2D', 'pad', ['input'], {
    padding: [
      [0, 1],
      [0, 1],
    ],
  }),
  layer('Conv2D', 'conv', ['pad'], { ...convolution, strides: [2, 2], padding: 'valid' }),
  layer('BatchNormalization', 'norm', ['conv'], { epsilon: 0.001 }),
  layer('ReLU', 'cut', ['norm'], { max_value: 6, negative_slope: 0 }),
  layer('DepthwiseConv2D', 'depth', ['cut'], convolution),
  layer('Add', 'sum', ['depth', 'cut']),
  layer('AveragePooling2D', 'pool', ['sum'], { pool_size: [2, 2], strides: [2, 2] }),
  layer('Flatten', 'flat', ['pool']),
  layer('Dense', 'task', ['flat']),
];
const stored: readonly StoredWeight[] = (
  [
    ['conv/kernel', [3, 3, 2, 3]],
    ['norm/gamma', [3]],
    ['norm/beta', [3]],
    ['norm/moving_mean', [3]],
    ['norm/moving_variance', [3]],
    ['depth/depthwise_kernel', [3, 3, 3, 1]],
  ] as const
).map(([name, shape]) => ({ name, shape, quantization: { min: 0.25, scale: 0.01, dtype: 'uint8' } }));
const weights = weightsOf(
  stored,
  Uint8Array.from({ length: 54 + 12 + 27 }, (_, i) => (i * 37) % 101),
);
const of = (name: string, ...at: number[]): number => {
  const { shape, values } = weights.get(name) ?? { shape: [], values: new Float32Array() };
  return values[at.reduce((place, index, axis) => place * (shape[axis] ?? 1) + index, 0)] ?? Number.NaN;
};

/** The same by the definitions of its layers. @param at a pixel of a channel, 0 outside. */
function features(at: (channel: number, y: number, x: number) => number): readonly number[] {
  const three = [0, 1, 2] as const;
  const cut = (channel: number, y: number, x: number): number => {
    if (y < 0 || x < 0 || y > 1 || x > 1) return 0;
    let sum = 0;
    for (const dy of three)
      for (const dx of three)
        for (const from of [0, 1]) sum += of('conv/kernel', dy, dx, from, channel) * at(from, 2 * y + dy, 2 * x + dx);
    const deviation = Math.sqrt(of('norm/moving_variance', channel) + 0.001);
    const normed = ((sum - of('norm/moving_mean', channel)) / deviation) * of('norm/gamma', channel);
    return Math.min(Math.max(normed + of('norm/beta', channel), 0), 6);
  };
  return three.map((channel) => {
    let total = 0;
    for (const y of [0, 1])
      for (const x of [0, 1]) {
        total += cut(channel, y, x);
        for (const dy of three)
          for (const dx of three)
            total += of('depth/depthwise_kernel', dy, dx, channel, 0) * cut(channel, y + dy - 1, x + dx - 1);
      }
    return total / 4;
  });
}

describe('a Keras model of convolutions', () => {
  it('is, as ONNX, the function that its layers define', async () => {
    const bytes = layersToOnnx(LAYERS, weights, { output: 'flat', notes: { source: 'here' } });
    await using graph = await openOnnxGraph(bytes);
    expect(graph.metadata).toEqual({ source: 'here' });
    const data = Float32Array.from({ length: 32 }, (_, i) => ((i * 29) % 17) / 20 - 0.4);
    const found = await graph.run({ name: 'input', data, dims: [1, 2, 4, 4] }, 'features');
    expect(found.dims).toEqual([1, 3]);
    const expected = features((channel, y, x) => (y > 3 || x > 3 ? 0 : (data[16 * channel + 4 * y + x] ?? 0)));
    expect(new Set(expected.map((value) => value.toFixed(3))).size).toBe(3);
    expected.forEach((value, i) => {
      expect(found.data[i]).toBeCloseTo(value, 4);
    });
  });

  it.each([
    ['a layer of another kind', [...LAYERS.slice(0, 2), layer('LSTM', 'odd', ['pad'])], /odd has the kind LSTM/],
    ['another rectifier', [LAYERS[0], layer('ReLU', 'odd', ['input'], { max_value: null })], /another rectifier/],
    ['without its output', LAYERS.slice(0, 4), /no layer flat/],
  ])('is refused with %s', (_, layers, message) => {
    expect(() => layersToOnnx(layers as Layer[], weights, { output: 'flat', notes: {} })).toThrow(message);
  });
});

it('a package whose files are not the known ones is not run', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gansweep-package-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  expect(isNsfwjs(folder)).toBe(false);
  mkdirSync(path.join(folder, 'dist/models/mobilenet_v2'), { recursive: true });
  const file = path.join(folder, 'dist/models/mobilenet_v2/model.min.js');
  writeFileSync(file, "globalThis.ran = true; throw new Error('it ran')");
  expect(isNsfwjs(folder)).toBe(true);
  expect(() => mobilenetOnnx(folder)).toThrow(/model\.min\.js is not that of nsfwjs 4\.3\.0.*npm pack/);
});
