import { randomStream } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { sortNumbers } from './sort-numbers.ts';

describe('sortNumbers', () => {
  it.each([0, 1, 511, 512, 10_000])('orders %i numbers as the engine does', (count) => {
    const values = new Float64Array(count);
    randomStream(count + 1, 1).normals(0, values);
    expect(sortNumbers(values.slice())).toEqual(values.slice().sort());
  });

  it('tells neighbouring numbers apart, on both sides of zero', () => {
    const values = Float64Array.from(
      { length: 2_000 },
      (_, i) => (i % 2 ? -1 : 1) * (1 + ((i * 7919) % 2_000) * 2 ** -50),
    );
    expect(sortNumbers(values.slice())).toEqual(values.slice().sort());
  });

  it('keeps what is repeated, and values of every size', () => {
    const values = Float64Array.from({ length: 4_096 }, (_, i) =>
      i % 5 === 0 ? 0 : ((i % 3) - 1) * 10 ** ((i % 600) - 300),
    );
    expect(sortNumbers(values.slice())).toEqual(values.slice().sort());
  });
});
