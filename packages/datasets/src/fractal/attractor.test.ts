import { expect, it } from 'vitest';
import { type AttractorParameters, GRID, shadesOf, visitsOf } from './attractor.ts';
import { drawAttractors } from './draw-attractors.ts';
import { paletteOf } from './palettes.ts';
import { sine } from './sine.ts';

/** The three sets of parameters that an internship report prints. */
const PRINTED: readonly AttractorParameters[] = [
  [
    -0.00545687187361743, -0.5312304575586382, 1.8197494653032407, 2.422111729355857, 1.4944898296889655,
    2.487490210145214,
  ],
  [
    -0.319459804135373, -0.0981842500805612, 0.42291442353441633, 1.7253282321258185, 1.4272325555244099,
    1.3701336149016234,
  ],
  [
    -0.9333646250089, -0.3698044331245828, -1.9514116449042127, -0.376713271698188, -1.1759178511809651,
    -1.7157801385982319,
  ],
];
const visitsTo = (parameters: AttractorParameters): Uint32Array => {
  const visits = visitsOf(parameters);
  if (visits === null) throw new Error('no picture');
  return visits;
};

it('has a sine as good as that of the engine', () => {
  for (let x = -15; x < 15; x += 0.00371) expect(Math.abs(sine(x) - Math.sin(x))).toBeLessThan(4e-16);
});

it('covers as much of the grid as the printed attractors do: two thirds, a twentieth, a sixth', () => {
  const covered = PRINTED.map((parameters) =>
    visitsTo(parameters).reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0),
  );
  // Known to a tenth of a per cent from 50,000 points, with which some cells are still empty.
  [0.686, 0.056, 0.167].forEach((share, i) => {
    const found = (covered[i] as number) / GRID ** 2;
    expect(found).toBeGreaterThan(share);
    expect(found).toBeLessThan(1.35 * share);
  });
});

it('counts 200,000 points where the definition puts them', () => {
  const parameters = PRINTED[1] as AttractorParameters;
  const [x0, y0, a, b, c, d] = parameters;
  // The orbit is not chaotic here, so that rounding does not matter.
  let [x, y] = [x0, y0];
  const expected = new Uint32Array(GRID * GRID);
  for (let i = 0; i < 200_100; i++) {
    [x, y] = [sine(y * b) + c * sine(x * b), sine(x * a) + d * sine(y * a)];
    if (i < 100) continue;
    const column = Math.floor(((x + 1 + Math.abs(c)) / (2 + 2 * Math.abs(c))) * GRID);
    const fromBelow = Math.floor(((y + 1 + Math.abs(d)) / (2 + 2 * Math.abs(d))) * GRID);
    const cell = (GRID - 1 - fromBelow) * GRID + column;
    expected[cell] = (expected[cell] as number) + 1;
  }
  const visits = visitsTo(parameters);
  const differing = visits.reduce((sum, count, cell) => sum + Math.abs(count - (expected[cell] as number)), 0);
  expect(visits.reduce((a1, b1) => a1 + b1, 0)).toBe(200_000);
  // A point on a border may fall to either side.
  expect(differing).toBeLessThan(2);
});

it('is no picture where it ends in a point or a short cycle', () => {
  expect(visitsOf([0.1, 0.1, 0.5, 0.5, 0.1, 0.1])).toBeNull();
  expect(visitsOf([0, 0, 2, 2, 2, 2])).toBeNull();
});

it('is brightest where it comes most often, and smaller images add the cells up', () => {
  const visits = visitsTo(PRINTED[0] as AttractorParameters);
  const shades = shadesOf(visits, GRID);
  const most = visits.reduce((a, b) => Math.max(a, b), 0);
  expect(shades[visits.indexOf(most)]).toBe(255);
  visits.forEach((count, cell) => {
    expect(shades[cell]).toBe(Math.round((255 * Math.log(1 + count)) / Math.log(1 + most)));
  });
  const quarter = new Uint32Array(GRID * GRID);
  for (const [row, column] of [
    [4, 8],
    [7, 11],
  ] as const)
    quarter[row * GRID + column] = 50;
  quarter[0] = 9;
  const small = shadesOf(quarter, 32);
  expect(small[1 * 32 + 2]).toBe(255);
  expect(small[0]).toBe(Math.round((255 * Math.log(10)) / Math.log(101)));
});

it('is drawn with one sign for the four numbers of its map, all within their bounds', () => {
  const drawn = drawAttractors();
  const first = Array.from({ length: 6 }, () => drawn.next().value.parameters);
  for (const [x0, y0, ...map] of first) {
    expect(Math.max(Math.abs(x0), Math.abs(y0))).toBeLessThan(1);
    expect(new Set(map.map(Math.sign)).size).toBe(1);
    for (const number of map) expect(Math.abs(Math.abs(number) - 1.525)).toBeLessThanOrEqual(1.475);
  }
  expect(new Set(first.map(([, , a]) => Math.sign(a)))).toEqual(new Set([-1, 1]));
  const again = drawAttractors();
  expect(Array.from({ length: 2 }, () => again.next().value.parameters)).toEqual(first.slice(0, 2));
});

it('has palettes from black through their colour to nearly white', () => {
  for (const [name, strongest] of [
    ['fractal', 2],
    ['fractal-orange', 0],
    ['fractal-green', 1],
  ] as const) {
    const palette = paletteOf(name);
    const at = (shade: number): number[] => Array.from(palette.subarray(3 * shade, 3 * shade + 3));
    expect(at(0)).toEqual([0, 0, 0]);
    expect(Math.min(...at(255))).toBeGreaterThan(200);
    expect(at(150).indexOf(Math.max(...at(150)))).toBe(strongest);
  }
});
