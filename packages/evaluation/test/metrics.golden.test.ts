import { lawModes, type PlaneLaw } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { type FeatureMatrix, featureMatrix } from '../src/metrics/feature-matrix.ts';
import { frechetDistance, gaussianFit } from '../src/metrics/frechet-distance.ts';
import { kernelDistance, kernelTable } from '../src/metrics/kernel-distance.ts';
import { modeScores } from '../src/metrics/mode-scores.ts';
import { neighbourhoods, neighbourScores } from '../src/metrics/neighbour-scores.ts';
import { drawAround, gauss, mapped, mixed, referenceGenerator, textHash } from './reference-inputs.ts';

/*
 * Values of independent implementations, computed once outside of this project on the same inputs:
 * - frechet: the definition in 40-digit arithmetic (mpmath 1.4.1); where n < d the sum of singular values by NumPy
 *   2.4.6. SciPy's sqrtm, as pytorch-fid 0.3.0 and clean-fid 0.1.35 use it, agrees to 1e-9 at full rank and is off by
 *   up to 2e-6 where n < d;
 * - kernel: torch-fidelity 0.4.0, one subset of all samples;
 * - precision and recall with `<=` as torch-fidelity 0.4.0, density and coverage with `<` as prdc 0.2, on distances
 *   taken from differences in float64;
 * - modes: the rule of fjxmlzn/PacGAN in NumPy.
 * Inputs are generated here; their hashes prove that they are the same.
 */

function reversed({ rows, columns, data }: FeatureMatrix): FeatureMatrix {
  return featureMatrix(
    Array.from(data, (_, i) => data[(rows - 1 - Math.floor(i / columns)) * columns + (i % columns)] ?? Number.NaN),
    columns,
  );
}

function collapsed({ columns, data }: FeatureMatrix): FeatureMatrix {
  return featureMatrix(
    Array.from(data, (_, i) => data[i % columns] ?? Number.NaN),
    columns,
  );
}

const CASES = [
  {
    name: 'gauss 200x8',
    real: () => gauss(1, 200, 8),
    fake: () => mapped(gauss(2, 200, 8), (z) => 1.2 * z + 0.5),
    hashes: [
      'f6b6ddcf6ac2973fdfa2ff065e9d3ba853ad2350bcd1a7034ab905e5acf66c43',
      'c52399f2cee6614645ab0c74e72d49dfcaf052f64e1a47adda70df0816fb2350',
    ],
    frechet: 2.3689784850716182,
    kernel: 1.1854449950042065,
    neighbours: [
      { k: 3, precision: 0.55, recall: 0.935, density: 0.4266666666666667, coverage: 0.555 },
      { k: 5, precision: 0.675, recall: 0.96, density: 0.44299999999999995, coverage: 0.77 },
    ],
  },
  {
    name: 'corr 500x16',
    real: () => mixed(gauss(3, 500, 16), 0.5),
    fake: () =>
      mixed(
        mapped(gauss(4, 500, 16), (z) => 0.9 * z + 0.25),
        0.2,
      ),
    hashes: [
      '6b3d7a730f0076dda3ea53ff2b6147bb746ed1b4f8218788f0d404de0bcd51d2',
      'f590b4341965b722005304ffdd96d72d5eb766372fc1f4803e31d26834f5b823',
    ],
    frechet: 5.417735692765803,
    kernel: 1.4773406966418632,
    neighbours: [
      { k: 3, precision: 0.878, recall: 0.612, density: 1.306, coverage: 0.848 },
      { k: 5, precision: 0.932, recall: 0.72, density: 1.3039999999999998, coverage: 0.95 },
    ],
  },
  {
    name: 'same dist 500x16',
    real: () => gauss(5, 500, 16),
    fake: () => gauss(6, 500, 16),
    hashes: [
      'd836eb3af5f836d1f35a45029c41dca998663ae7de1688e4e472736d37eceefa',
      'd91b0f49ae1934ba2ea49864dc47db0ae4d3ce5c797d42a461b2570223c6616b',
    ],
    frechet: 0.3886014101114884,
    kernel: 0.005497232855539824,
    neighbours: [
      { k: 3, precision: 0.764, recall: 0.804, density: 0.9353333333333333, coverage: 0.876 },
      { k: 5, precision: 0.86, recall: 0.904, density: 0.9279999999999999, coverage: 0.964 },
    ],
  },
  {
    name: 'identical 200x8',
    real: () => gauss(1, 200, 8),
    fake: () => gauss(1, 200, 8),
    hashes: [
      'f6b6ddcf6ac2973fdfa2ff065e9d3ba853ad2350bcd1a7034ab905e5acf66c43',
      'f6b6ddcf6ac2973fdfa2ff065e9d3ba853ad2350bcd1a7034ab905e5acf66c43',
    ],
    frechet: 0.0,
    kernel: -0.07479476833728249,
    neighbours: [
      { k: 3, precision: 1.0, recall: 1.0, density: 1.0, coverage: 1.0 },
      { k: 5, precision: 1.0, recall: 1.0, density: 1.0, coverage: 1.0 },
    ],
  },
  {
    name: 'permuted 200x8',
    real: () => gauss(1, 200, 8),
    fake: () => reversed(gauss(1, 200, 8)),
    hashes: [
      'f6b6ddcf6ac2973fdfa2ff065e9d3ba853ad2350bcd1a7034ab905e5acf66c43',
      '268679a257bcb9430b6fc0a7043eac5661aad9a1fe63e1f48a2a50bd1f950f7f',
    ],
    frechet: 0.0,
    kernel: -0.07479476833728249,
    neighbours: [
      { k: 3, precision: 1.0, recall: 1.0, density: 1.0, coverage: 1.0 },
      { k: 5, precision: 1.0, recall: 1.0, density: 1.0, coverage: 1.0 },
    ],
  },
  {
    name: 'disjoint 200x8',
    real: () => gauss(1, 200, 8),
    fake: () => mapped(gauss(2, 200, 8), (z) => z + 100),
    hashes: [
      'f6b6ddcf6ac2973fdfa2ff065e9d3ba853ad2350bcd1a7034ab905e5acf66c43',
      'fbc8d0935f439acbb751b1c4126abb1b9d9a81282a3f6610847ba0e2125590df',
    ],
    frechet: 79962.6559384238,
    kernel: 998700386660.6575,
    neighbours: [
      { k: 3, precision: 0.0, recall: 0.0, density: 0.0, coverage: 0.0 },
      { k: 5, precision: 0.0, recall: 0.0, density: 0.0, coverage: 0.0 },
    ],
  },
  {
    name: 'rank deficient 30x64',
    real: () => gauss(9, 30, 64),
    fake: () => mapped(gauss(10, 30, 64), (z) => z + 0.2),
    hashes: [
      'f06abce9690c14066641af0fc7d9488a437d5451af8e857f1e6b73acefdae3df',
      '2b539b3a7798df3027258b96daed0be6df744fe59cafc7cf8133cb57537c0c82',
    ],
    frechet: 62.63436417497341,
    kernel: 0.08057042571852246,
    neighbours: [
      { k: 3, precision: 0.9, recall: 0.7666666666666667, density: 1.2555555555555555, coverage: 0.9666666666666667 },
      { k: 5, precision: 0.9333333333333333, recall: 0.9, density: 1.0333333333333334, coverage: 0.9666666666666667 },
    ],
  },
  {
    name: 'collapsed point 200x8',
    real: () => gauss(1, 200, 8),
    fake: () => collapsed(gauss(1, 200, 8)),
    hashes: [
      'f6b6ddcf6ac2973fdfa2ff065e9d3ba853ad2350bcd1a7034ab905e5acf66c43',
      'cb17a31dcedb6202bf3bb86637a1a3c37a652b50dd4a17ad78afaeee908c0764',
    ],
    frechet: 19.652280662359722,
    kernel: 14.458101547327853,
    neighbours: [
      { k: 3, precision: 1.0, recall: 0.005, density: 0.3333333333333333, coverage: 0.005 },
      { k: 5, precision: 1.0, recall: 0.005, density: 0.2, coverage: 0.005 },
    ],
  },
  {
    name: 'constant column 200x8',
    real: () => mapped(gauss(1, 200, 8), (z, column) => (column === 3 ? 1.5 : z)),
    fake: () => mapped(gauss(2, 200, 8), (z, column) => (column === 3 ? 1.5 : z)),
    hashes: [
      'aa83e12bf72d7177ff365b5485d0e6f9db01677cbce9062b972d4c022fbab71b',
      'a7a96a912daa46651e3ebfa38094794100f8a2f99b436678a130a82cc34c81fc',
    ],
    frechet: 0.15664066713203736,
    kernel: -0.03172772283841496,
    neighbours: [
      { k: 3, precision: 0.855, recall: 0.86, density: 0.93, coverage: 0.89 },
      { k: 5, precision: 0.92, recall: 0.94, density: 0.892, coverage: 0.97 },
    ],
  },
  {
    name: 'one dim 100x1',
    real: () => gauss(13, 100, 1),
    fake: () => mapped(gauss(14, 100, 1), (z) => 2 * z + 1),
    hashes: [
      '98e148c82bb78d745dd33c91e3508ad4ca5aa309af731aa8be35f6dcb2057734',
      '3749329550216b488aa257ef1d633d39701708e880fd57f245cf9166baade580',
    ],
    frechet: 2.0278947638731553,
    kernel: 179.9035823221634,
    neighbours: [
      { k: 3, precision: 0.73, recall: 1.0, density: 0.7233333333333333, coverage: 0.79 },
      { k: 5, precision: 0.74, recall: 1.0, density: 0.706, coverage: 0.84 },
    ],
  },
  {
    name: 'tiny 6x2',
    real: () => gauss(15, 6, 2),
    fake: () => mapped(gauss(16, 6, 2), (z) => z + 0.5),
    hashes: [
      '103278342a7718ceef0059842b47805557e3c1106dd6f616a8edd04dcb277df6',
      'f0c23b32dd621c0749eaaa1cc440ef54cfcb19a77065930f331dd56431740f6f',
    ],
    frechet: 2.6155339759539165,
    kernel: 2.2281789292120866,
    neighbours: [
      {
        k: 3,
        precision: 0.16666666666666666,
        recall: 1.0,
        density: 0.05555555555555555,
        coverage: 0.16666666666666666,
      },
    ],
  },
];

describe.each(CASES)('$name', ({ real, fake, hashes, frechet, kernel, neighbours }) => {
  const [x, y] = [real(), fake()];

  it('is the input of the reference', () => {
    expect([textHash(x), textHash(y)]).toEqual(hashes);
  });

  it('has the reference Fréchet distance', () => {
    const found = frechetDistance({ real: gaussianFit(x), fake: gaussianFit(y) });
    expect(Math.abs(found - frechet)).toBeLessThanOrEqual(1e-11 * Math.max(1, frechet));
  });

  it('has the reference kernel distance', () => {
    const { mean } = kernelDistance({
      realReal: kernelTable(x, x),
      fakeFake: kernelTable(y, y),
      realFake: kernelTable(x, y),
      subsets: 1,
      subsetSize: 1000,
      seed: 1,
    });
    expect(Math.abs(mean - kernel)).toBeLessThanOrEqual(1e-10 * Math.max(1, Math.abs(kernel)));
  });

  it.each(neighbours)('has the reference precision, recall, density and coverage for k = $k', ({ k, ...expected }) => {
    const found = neighbourScores({
      real: neighbourhoods(x, k),
      fake: neighbourhoods(y, k),
      manifoldK: k,
      coverageK: k,
    });
    expect(found.precision).toBe(expected.precision);
    expect(found.recall).toBe(expected.recall);
    expect(found.density).toBeCloseTo(expected.density, 12);
    expect(found.coverage).toBe(expected.coverage);
  });
});

function modesOf(law: PlaneLaw) {
  const modes = lawModes(law);
  if (modes === null) throw new Error(`${law} has no modes`);
  return modes;
}
const ring8 = modesOf('ring8');
const grid25 = modesOf('grid25');

/** Uniform on [−6, 6]². */
function garbage(): FeatureMatrix {
  const { uniform } = referenceGenerator(26);
  const values = Array.from({ length: 1_000 }, () => Math.floor((-6 + 12 * uniform()) * 1e6 + 0.5) / 1e6);
  return featureMatrix(values, 2);
}

const MIXTURES = [
  {
    name: 'ring8 perfect 2500',
    law: ring8,
    points: () => drawAround({ seed: 21, count: 2_500, ...ring8, pick: (i) => i % 8 }),
    counts: [308, 306, 312, 312, 311, 311, 309, 309],
    modes: 8,
    highQuality: 0.9912,
    kl: 2.0542462780794284e-5,
    js: 5.138497947707038e-6,
  },
  {
    name: 'ring8 collapsed3 500',
    law: ring8,
    points: () => drawAround({ seed: 23, count: 500, ...ring8, pick: (i) => i % 3 }),
    counts: [165, 165, 166, 0, 0, 0, 0, 0],
    modes: 3,
    highQuality: 0.992,
    kl: 0.980833315064541,
    js: 0.29030530912304564,
  },
  {
    name: 'grid25 perfect 2500',
    law: grid25,
    points: () => drawAround({ seed: 24, count: 2_500, ...grid25, pick: (i) => i % 25 }),
    counts: [
      99, 99, 98, 98, 99, 97, 99, 98, 100, 98, 100, 97, 98, 100, 98, 99, 99, 100, 100, 99, 100, 100, 100, 99, 99,
    ],
    modes: 25,
    highQuality: 0.9892,
    kl: 4.47007144939164e-5,
    js: 1.118298655196721e-5,
  },
  {
    name: 'grid25 garbage 500',
    law: grid25,
    points: () => garbage(),
    counts: [0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 3, 0, 0, 1, 1],
    modes: 7,
    highQuality: 0.018,
    kl: 1.3878553437546843,
    js: 0.36759600832238964,
  },
];

it.each(MIXTURES)('$name has the reference modes', ({ law, points, ...expected }) => {
  const found = modeScores({ points: points(), modes: law, sigmas: 3 });
  expect(found.counts).toEqual(expected.counts);
  expect(found.modes).toBe(expected.modes);
  expect(found.highQuality).toBeCloseTo(expected.highQuality, 14);
  expect(found.kl).toBeCloseTo(expected.kl, 13);
  expect(found.js).toBeCloseTo(expected.js, 13);
});
