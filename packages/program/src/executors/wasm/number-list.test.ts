import { randomStream } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { numberList } from './number-list.ts';

const sorted = (values: Float64Array): Float64Array => {
  const list = numberList(values.length);
  list.values.set(values);
  list.sort();
  return list.values.slice();
};

describe('a list of numbers', () => {
  it.each([0, 1, 511, 512, 513, 10_000, 70_000])('orders %i numbers as the engine does', (count) => {
    const values = new Float64Array(count);
    randomStream(count + 1, 1).normals(0, values);
    expect(sorted(values)).toEqual(values.slice().sort());
  });

  it('tells neighbouring numbers apart, on both sides of zero', () => {
    const values = Float64Array.from(
      { length: 2_000 },
      (_, i) => (i % 2 ? -1 : 1) * (1 + ((i * 7919) % 2_000) * 2 ** -50),
    );
    expect(sorted(values)).toEqual(values.slice().sort());
  });

  it('keeps what is repeated, and values of every size', () => {
    const values = Float64Array.from({ length: 4_096 }, (_, i) =>
      i % 5 === 0 ? 0 : ((i % 3) - 1) * 10 ** ((i % 600) - 300),
    );
    expect(sorted(values)).toEqual(values.slice().sort());
  });

  it.each([
    ['all in one place but one', (i: number) => (i === 7 ? 1e6 : Math.sin(i))],
    ['in two narrow heaps far apart', (i: number) => (i % 2 ? 40 : -40) + 1e-3 * Math.sin(i * i)],
    ['all alike', () => 3],
    ['too far apart for their distance to be a number', (i: number) => (i % 2 ? 1 : -1) * (1.7e308 - i * 1e300)],
    ['closer than any fraction of their distance', (i: number) => (i % 3) * Number.MIN_VALUE],
  ])('orders numbers that are %s', (_, rule) => {
    const values = Float64Array.from({ length: 5_000 }, (_, i) => rule(i));
    expect(sorted(values)).toEqual(values.slice().sort());
  });

  it('is put in order again and again', () => {
    const list = numberList(600);
    const rising = Float64Array.from({ length: 600 }, (_, i) => i);
    list.values.set(rising.slice().reverse());
    list.sort();
    expect(list.values).toEqual(rising);
    list.values.set(rising.map((x) => 1 - x));
    list.sort();
    expect(list.values).toEqual(rising.map((x) => x - 598));
  });
});
