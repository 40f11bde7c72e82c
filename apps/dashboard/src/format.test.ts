import { expect, it } from 'vitest';
import { allDigits, parameters, value } from './format.ts';

it.each([
  [0.00031622776601683794, '0.0003162', '0.00031622776601683794'],
  [3.162277660168379e-7, '3.162e-7', '3.162277660168379e-7'],
  [0.0002, '0.0002', undefined],
  [1_285_600, '1285600', undefined],
  ['folder:zappos', 'folder:zappos', undefined],
  [false, 'false', undefined],
  [undefined, '', undefined],
])('a field %s is shown as %s, with all digits in its title where some are left out', (field, shown, title) => {
  expect([value(field), allDigits(field)]).toEqual([shown, title]);
});

it('parameters are named with what is shown of them', () => {
  expect(parameters({ lrG: 0.12345678, noise: 'uniform' } as never, ['lrG', 'noise', 'lrD'])).toBe(
    'lrG 0.1235 · noise uniform',
  );
});
