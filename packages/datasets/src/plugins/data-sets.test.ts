import { addPlugins, type PluginData } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../open-dataset.ts';
import { addDataSet, dataSetProblem, type PluginDataSet } from './data-sets.ts';

const spread = { name: 'spread', doc: 'd', kind: { type: 'real', min: 0.1, max: 1 }, default: 0.2 } as const;
const blob = {
  name: 'blob',
  doc: 'd',
  hash: '0123456789abcdef',
  file: 'blob.mjs',
  fields: [spread],
  data: { kind: 'points', box: { low: -4, high: 4 }, modes: null },
  point: ({ uniform, normals: [a, b] }, { spread: by }) => [Number(by) * a + (uniform < 0.5 ? 1 : -1), Number(by) * b],
} as const satisfies PluginDataSet;
const stripes = {
  name: 'stripes',
  doc: 'd',
  hash: 'fedcba9876543210',
  file: 'stripes.mjs',
  fields: [],
  data: { kind: 'images', side: 16, channels: 1, count: 200, classes: ['even', 'odd'] },
  image: (index) => new Uint8Array(256).map((_, at) => (at + index) % 256),
  label: (index) => index % 2,
} as const satisfies PluginDataSet;

describe('a data set from a plugin', () => {
  it('of points is drawn from the streams of the seed, by its fields; training and evaluation apart', async () => {
    expect(dataSetProblem(blob)).toBeNull();
    const { kind, name, doc, hash } = { ...blob, kind: 'data set' as const };
    addPlugins([{ kind, name: `plugin:${name}`, doc, hash, fields: [spread], data: blob.data }]);
    addDataSet('plugin:blob', blob);
    const open = (by: number) => openDataset(Object.assign({ dataset: 'plugin:blob' } as const, { 'blob.spread': by }));
    const [near, far] = [await open(0.1), await open(1)];
    expect(near.dataHash).toBe('plugin:blob@0123456789abcdef');
    expect(near.part).not.toBe(far.part);
    const drawn = ({ train, heldOut }: typeof near, seed = 3) =>
      [train, heldOut].map((reals) => {
        const out = new Float32Array(2000);
        if (reals.kind === 'plane') reals.draw(seed, 0, out);
        return out;
      });
    const [training, judging] = drawn(near);
    expect(drawn(near)).toEqual([training, judging]);
    expect(judging).not.toEqual(training);
    expect(drawn(near, 4)[0]).not.toEqual(training);
    const spreadOf = (points: Float32Array | undefined) =>
      Math.hypot(...(points ?? []).filter((_, i) => i % 2 === 1)) / Math.sqrt(1000);
    expect(spreadOf(training)).toBeCloseTo(0.1, 1);
    expect(spreadOf(drawn(far)[0])).toBeGreaterThan(0.9);
  });

  it('of images has them by their index, a tenth held out, with their classes', async () => {
    expect(dataSetProblem(stripes)).toBeNull();
    const { name, doc, hash, data } = stripes;
    addPlugins([{ kind: 'data set', name: `plugin:${name}`, doc, hash, fields: [], data }]);
    addDataSet('plugin:stripes', stripes);
    const { train, heldOut } = await openDataset({ dataset: 'plugin:stripes', resolution: 16, classes: 'odd' });
    if (train.kind !== 'images' || heldOut.kind !== 'images') throw new Error('no images');
    expect(train.count + heldOut.count).toBe(100);
    expect(train.classes).toEqual(['odd']);
    const out = new Uint8Array(256);
    train.copy(Uint32Array.of(0), out);
    expect((out[0] as number) % 2).toBe(1);
    expect(out).toEqual(stripes.image(out[0] as number));
  });

  let calls = 0;
  it.each<[string, PluginDataSet, RegExp]>([
    ['half a point', { ...blob, point: ({ uniform }) => [uniform] }, /gives \[0\.\d+\], and a point is two finite/],
    ['points without end', { ...blob, point: ({ uniform }) => [uniform, 1 / 0] }, /two finite numbers, at spread 0.2/],
    ['a memory', { ...blob, point: () => [calls++ / 1e6, 0] }, /another point for the same numbers/],
    ['one point', { ...blob, point: () => [0, 0] }, /the same point for all numbers/],
    [
      'points outside its box',
      { ...blob, point: ({ uniform }) => [uniform + 4, 0] },
      /^0 of 256 points lie in its box/,
    ],
    [
      'modes that would move',
      { ...blob, data: { ...blob.data, modes: { centres: [], sigma: 1 } } as PluginData },
      /has modes and fields/,
    ],
    ['too few pixels', { ...stripes, image: () => [1, 2] }, /image gives 2 numbers, and 16×16×1 are 256/],
    ['no bytes', { ...stripes, image: (i) => new Float32Array(256).fill(i / 3) }, /no bytes, 0 to 255/],
    [
      'images that change',
      { ...stripes, image: () => new Uint8Array(256).fill(calls++) },
      /another image for the same/,
    ],
    ['one image', { ...stripes, image: () => new Uint8Array(256) }, /the same image for all indices/],
    ['labels beyond its classes', { ...stripes, label: () => 2 }, /label gives 2, and labels are from 0 to 1/],
  ])('is refused for %s', (_, set, problem) => {
    expect(dataSetProblem(set)).toMatch(problem);
  });
});
