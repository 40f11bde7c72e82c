import { expect, it } from 'vitest';
import { coresOfList } from './processor-cores.ts';

it('reads the kernel’s list of cores', () => {
  expect(coresOfList('0-3,8')).toEqual([0, 1, 2, 3, 8]);
  expect(coresOfList('5')).toEqual([5]);
  expect(coresOfList('')).toEqual([]);
});
