import { expect, it } from 'vitest';
import { growDocument } from './grow-document.ts';

const STORED = {
  version: 1,
  name: 'stored',
  method: 'random',
  run_cap: 20,
  seeds: 2,
  evaluation: { samples: 500, plugins: { 'plugin:energy': '0123456789abcdef' } },
  parameters: {
    model: { value: 'mlp2d' },
    images: { value: 1_000 },
    nz: { values: [2, 8] },
    lr: { distribution: 'log_uniform_values', min: 1e-4, max: 1e-3 },
  },
};
const problemsOf = (patch: unknown) => {
  const grown = growDocument(STORED, patch);
  return grown.ok ? [] : grown.error.map(({ path, message }) => `${path}: ${message}`);
};

it('puts entries in the place of those of their names and says what changed', () => {
  const parameters = { nz: { values: [2, 8, 32] }, lr: { distribution: 'log_uniform_values', min: 1e-5, max: 1e-3 } };
  expect(
    growDocument(STORED, { parameters: { ...parameters, noise: { values: ['gaussian', 'uniform'] } }, seeds: 4 }),
  ).toEqual({
    ok: true,
    value: {
      document: {
        ...STORED,
        seeds: 4,
        parameters: { ...STORED.parameters, ...parameters, noise: { values: ['gaussian', 'uniform'] } },
      },
      changes: [
        'nz: 2, 8 → 2, 8, 32',
        'lr: 0.0001 … 0.001 (log_uniform_values) → 0.00001 … 0.001 (log_uniform_values)',
        'noise: its default → gaussian, uniform',
        'seeds: 2 → 4',
      ],
    },
  });
});

it('keeps the images there when longer runs are asked for', () => {
  expect(growDocument(STORED, { parameters: { images: { value: 2_000 } } })).toMatchObject({
    ok: true,
    value: { document: { parameters: { images: { values: [1_000, 2_000] } } }, changes: ['images: 1000 → 1000, 2000'] },
  });
});

it('takes a whole file with more in it, the hashes that the service filled in left out', () => {
  const file = { ...STORED, evaluation: { samples: 500 }, run_cap: 40 };
  expect(growDocument(STORED, file)).toMatchObject({
    ok: true,
    value: { document: { ...STORED, run_cap: 40 }, changes: ['run_cap: 20 → 40'] },
  });
  expect(growDocument(STORED, STORED)).toMatchObject({ ok: true, value: { changes: [] } });
});

it.each([
  [{ parameters: { nz: { values: [2, 32] } } }, /^parameters\.nz: leaves out 8, .*write values: \[2, 8, 32\]/],
  [{ parameters: { nz: { value: 2 } } }, /^parameters\.nz: leaves out 8/],
  [{ parameters: { nz: { min: 3, max: 9 } } }, /^parameters\.nz: leaves out 2, .*wider range/],
  [{ parameters: { lr: { distribution: 'log_uniform_values', min: 2e-4, max: 1 } } }, /^parameters\.lr: is narrower/],
  [{ parameters: { lr: { min: 1e-5, max: 1 } } }, /^parameters\.lr\.distribution: is log_uniform_values in the sweep/],
  [{ parameters: { lr: { values: [1e-4] } } }, /^parameters\.lr: lr has a range/],
  [{ run_cap: 10 }, /^run_cap: 10 is less than the 20 there/],
  [{ metric: { name: 'kl' } }, /^metric: cannot change/],
  [{ evaluation: { samples: 900 } }, /^evaluation: cannot change/],
  [{ prioriti: 3 }, /^prioriti: unknown key; did you mean priority\?/],
  [[], /^: must be a group of keys/],
])('refuses %j', (patch, problem) => {
  expect(problemsOf(patch)).toEqual([expect.stringMatching(problem)]);
});
