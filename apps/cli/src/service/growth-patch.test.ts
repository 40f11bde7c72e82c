import { expect, it } from 'vitest';
import { growthPatch } from './growth-patch.ts';

const sweep = {
  spec: {
    parameters: {
      images: { value: 1_000 },
      lrG: { values: [0.001, 0.002] },
      lrD: { distribution: 'log_uniform_values', min: 1e-4, max: 1e-3 },
    },
  },
  configurations: [{ nz: 2 }, { nz: 2 }],
};
const patch = (words: Partial<Parameters<typeof growthPatch>[0]>) =>
  growthPatch({ set: [], values: [], ...words }, sweep);

it('adds values to those there, and to the default that the trials have', () => {
  expect(patch({ values: ['lrG=0.002,4e-3', 'nz=8', 'noise=uniform'] })).toEqual({
    parameters: { lrG: { values: [0.001, 0.002, 0.004] }, nz: { values: [2, 8] }, noise: { values: ['uniform'] } },
  });
  expect(() => patch({ values: ['lrD=0.1'] })).toThrow(/lrD has a range.*--set lrD=LOW\.\.HIGH/);
  expect(() => patch({ values: ['lrG'] })).toThrow(/--values wants NAME=VALUE,VALUE/);
});

it('sets constants and ranges, which keep their distribution, and the numbers of the sweep', () => {
  expect(patch({ set: ['images=2000', 'lrD=1e-5..1e-2'], seeds: '4', runCap: '60', priority: '-2' })).toEqual({
    parameters: { images: { value: 2_000 }, lrD: { distribution: 'log_uniform_values', min: 1e-5, max: 1e-2 } },
    seeds: 4,
    run_cap: 60,
    priority: -2,
  });
  expect(patch({ seeds: '11,12' })).toEqual({ seeds: [11, 12] });
  expect(patch({ seeds: '2..8' })).toEqual({ seeds: { min: 2, max: 8 } });
});
