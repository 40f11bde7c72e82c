import { expect, it } from 'vitest';
import { howMany } from './how-many.ts';

it('says one thing and several things', () => {
  expect([0, 1, 2].map((number) => howMany(number, 'trial'))).toEqual(['0 trials', '1 trial', '2 trials']);
  expect(howMany(1n, 'run')).toBe('1 run');
  expect(howMany(1000, 'run', '1,000')).toBe('1,000 runs');
});
