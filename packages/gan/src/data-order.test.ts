import { describe, expect, it } from 'vitest';
import { dataOrder } from './data-order.ts';

function positions(seed: number, count: number, start: number, length: number): number[] {
  const out = new Uint32Array(length);
  dataOrder(seed, count).positions(start, out);
  return Array.from(out);
}

const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

describe('the order of the images', () => {
  it('shows every image once an epoch, in another order each epoch', () => {
    const all = Array.from({ length: 100 }, (_, i) => i);
    const first = positions(1, 100, 0, 100);
    const second = positions(1, 100, 100, 100);
    expect(sorted(first)).toEqual(all);
    expect(sorted(second)).toEqual(all);
    expect(second).not.toEqual(first);
    expect(first).not.toEqual(all);
  });

  it('runs on across epochs, so that no batch is partial', () => {
    const across = positions(1, 10, 7, 9);
    expect(across).toEqual([...positions(1, 10, 7, 3), ...positions(1, 10, 10, 6)]);
  });

  it('needs no memory: any stretch is the same in any order of asking', () => {
    const order = dataOrder(3, 12);
    const late = new Uint32Array(5);
    order.positions(31, late);
    const early = new Uint32Array(5);
    order.positions(2, early);
    expect(Array.from(late)).toEqual(positions(3, 12, 31, 5));
    expect(Array.from(early)).toEqual(positions(3, 12, 2, 5));
  });

  it('differs by seed', () => {
    expect(positions(1, 100, 0, 100)).not.toEqual(positions(2, 100, 0, 100));
  });

  it('puts every image at every place equally often', () => {
    const counts = new Float64Array(16);
    for (let seed = 0; seed < 4_000; seed++) {
      const order = positions(seed, 4, 0, 4);
      order.forEach((image, place) => {
        counts[image * 4 + place] = (counts[image * 4 + place] ?? 0) + 1;
      });
    }
    // Binomial(4000, ¼): four standard deviations are 110.
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(110);
  });
});
