import { describe, expect, it } from 'vitest';
import { initialValues, type ParameterSpec } from './parameters.ts';

const weight: ParameterSpec = {
  name: 'weight',
  shape: [200, 100],
  initial: { kind: 'normal', mean: 1, deviation: 0.02 },
};
const bias: ParameterSpec = { name: 'bias', shape: [3], initial: { kind: 'constant', value: 0 } };

describe('initial values', () => {
  it('follow the law of their parameter', () => {
    const values = initialValues([weight, bias], 1, 1);
    const normals = values.subarray(0, 20_000);
    const mean = normals.reduce((sum, x) => sum + x, 0) / 20_000;
    const deviation = Math.sqrt(normals.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 20_000);
    // Four standard errors at 20,000 numbers.
    expect(Math.abs(mean - 1)).toBeLessThan(4 * (0.02 / Math.sqrt(20_000)));
    expect(Math.abs(deviation - 0.02)).toBeLessThan(4 * (0.02 / Math.sqrt(40_000)));
    expect(Array.from(values.subarray(20_000))).toEqual([0, 0, 0]);
  });

  it('are equal for equal seed and stream alone', () => {
    expect(initialValues([weight], 1, 1)).toEqual(initialValues([weight], 1, 1));
    expect(initialValues([weight], 2, 1)).not.toEqual(initialValues([weight], 1, 1));
    expect(initialValues([weight], 1, 2)).not.toEqual(initialValues([weight], 1, 1));
  });

  it('of one tensor do not depend on what follows it', () => {
    expect(initialValues([weight, bias, weight], 1, 1).subarray(0, 20_000)).toEqual(initialValues([weight], 1, 1));
  });
});
