import type { StudyRecord, StudyRun } from '@gansweep/verdict';
import { expect, it } from 'vitest';
import { studyCurves } from '../src/study/study-curves.ts';

const run = (config: StudyRun['config'], seed: number, value: readonly (number | null)[]): StudyRun => ({
  config: { model: 'mlp2d', dataset: 'ring8', ...config },
  seed,
  state: 'succeeded',
  scores: { js: { images: value.map((_, i) => 100 * (i + 1)), value } },
  curves: {},
  measures: {},
  findings: [],
});
const record = (runs: readonly StudyRun[]) => ({ claim: 'A1', runs }) as unknown as StudyRecord;
const countOf = (text: string | null, what: RegExp): number => text?.match(what)?.length ?? 0;

it('draws a line and a band for each configuration, in a plot for each data set, and names what differs', () => {
  const svg = studyCurves(
    record([
      run({ lrG: 0.1 }, 1, [4, 2]),
      run({ lrG: 0.1 }, 2, [2, 2]),
      run({ lrG: 0.2 }, 1, [1, 1]),
      run({ lrG: 0.2, dataset: 'grid25' }, 1, [1, 1]),
    ]),
    ['kid-lenet', 'js'],
  );
  expect(countOf(svg, /fill="none" stroke="#/g)).toBe(3 + 2);
  expect(countOf(svg, /opacity="\.15"/g)).toBe(3);
  expect(svg).toContain('js: mlp2d, ring8');
  expect(svg).toContain('js: mlp2d, grid25');
  expect(svg).toContain('lrG 0.2');
  // The mean of 4 and 2 is three quarters of the way up (to 24 + 150/4), at half of the images; the axis begins at 0.
  expect(svg).toContain('<path d="M173 61.5L298 99" fill="none" stroke="#3b7dd8"');
});

it('draws by the logarithm what spans more than a decade, and skips what is missing', () => {
  const svg = studyCurves(record([run({ lrG: 1 }, 1, [100, null, 1])]), ['js']);
  expect(svg).toContain('(logarithmic)');
  expect(svg).toContain('M131.3 24L298 174');
});

it('has configurations by the size of what differs', () => {
  const svg = studyCurves(record([100, 20, 1000].map((nz) => run({ nz }, 1, [1, 1]))), ['js']);
  expect(svg?.match(/nz \d+/g)).toEqual(['nz 20', 'nz 100', 'nz 1000']);
});

it('is nothing where no run was evaluated twice', () => {
  expect(studyCurves(record([run({ lrG: 1 }, 1, [1])]), ['js'])).toBeNull();
});
