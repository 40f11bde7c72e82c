import { describe, expect, it } from 'vitest';
import { gauss, mapped } from '../../test/reference-inputs.ts';
import { classCounts, conditionalAccuracy, inceptionScore, stackedClasses } from './classifier-scores.ts';
import { featureMatrix } from './feature-matrix.ts';

const certain = (predicted: readonly number[], classes: number) =>
  featureMatrix(
    predicted.flatMap((one) => Array.from({ length: classes }, (_, c) => (c === one ? 1_000 : 0))),
    classes,
  );

describe('the score by a classifier', () => {
  it('is the number of classes for certain and balanced predictions, and 1 for a constant one', () => {
    for (const classes of [2, 10]) {
      const each = Array.from({ length: 10 * classes }, (_, i) => i % classes);
      expect(inceptionScore({ logits: certain(each, classes), splits: 1 }).mean).toBeCloseTo(classes, 11);
    }
    expect(inceptionScore({ logits: certain([3, 3, 3, 3], 10), splits: 2 })).toEqual({
      mean: 1,
      deviation: 0,
      splits: 2,
    });
    const undecided = featureMatrix([0.2, 0.7, -1, 0.2, 0.7, -1], 3);
    expect(inceptionScore({ logits: undecided, splits: 1 }).mean).toBeCloseTo(1, 14);
  });

  it('of (.9, .1) and (.1, .9) is 1.4449348112, whatever is added to the logits', () => {
    const logits = [0.9, 0.1, 0.1, 0.9].map(Math.log);
    expect(inceptionScore({ logits: featureMatrix(logits, 2), splits: 1 }).mean).toBeCloseTo(1.4449348112, 10);
    const moved = featureMatrix(
      logits.map((value) => value + 500),
      2,
    );
    expect(inceptionScore({ logits: moved, splits: 1 }).mean).toBeCloseTo(1.4449348112, 10);
  });

  it('is averaged over consecutive parts, with their deviation', () => {
    const found = inceptionScore({ logits: certain([0, 1, 0, 0], 2), splits: 2 });
    expect(found.mean).toBeCloseTo(1.5, 12);
    expect(found.deviation).toBeCloseTo(Math.SQRT1_2, 12);
    expect(() => inceptionScore({ logits: certain([0], 2), splits: 2 })).toThrow(RangeError);
  });

  it('does not mind the order of classes, falls with dropped classes and with less certain predictions', () => {
    const logits = mapped(gauss(201, 300, 6), (z) => 4 * z);
    const turned = featureMatrix(
      Array.from(logits.data, (_, i) => logits.data[i - (i % 6) + ((i + 2) % 6)] ?? 0),
      6,
    );
    const score = (matrix: typeof logits): number => inceptionScore({ logits: matrix, splits: 3 }).mean;
    expect(score(turned)).toBeCloseTo(score(logits), 12);
    const sharpness = [1, 0.5, 0.2, 0.05].map((by) => score(mapped(logits, (z) => by * z)));
    expect(sharpness).toEqual(sharpness.toSorted((a, b) => b - a));
    const kept = [6, 4, 2, 1].map((classes) =>
      score(
        certain(
          Array.from({ length: 120 }, (_, i) => (7 * i) % classes),
          6,
        ),
      ),
    );
    expect(kept).toEqual(kept.toSorted((a, b) => b - a));
  });
});

describe('classes of samples', () => {
  it('are the wanted ones in a share of cases', () => {
    expect(conditionalAccuracy({ predicted: [1, 2, 3, 4], wanted: [1, 2, 3, 5] })).toBe(0.75);
    expect(() => conditionalAccuracy({ predicted: [1], wanted: [] })).toThrow(RangeError);
  });

  it('are counted, with the divergence of their histogram from an even one', () => {
    expect(classCounts([0, 1, 2, 3, 0, 1, 2, 3], 8)).toEqual({ hit: 4, kl: expect.closeTo(Math.LN2, 12) });
    expect(classCounts([5, 5], 8)).toEqual({ hit: 1, kl: expect.closeTo(2.0794415, 7) });
    expect(classCounts([0, 1, 2], 3)).toEqual({ hit: 3, kl: 0 });
    expect(() => classCounts([8], 8)).toThrow('class 8 of 8');
  });

  it('of stacked digits are their numbers of three digits', () => {
    expect(Array.from(stackedClasses([0, 0, 0, 4, 2, 7, 9, 9, 9]))).toEqual([0, 427, 999]);
    const all = Array.from({ length: 26_000 }, (_, i) => [Math.floor(i / 100) % 10, Math.floor(i / 10) % 10, i % 10]);
    expect(classCounts(stackedClasses(all.flat()), 1_000)).toEqual({ hit: 1_000, kl: expect.closeTo(0, 12) });
    expect(() => stackedClasses([1, 2])).toThrow(RangeError);
  });
});
