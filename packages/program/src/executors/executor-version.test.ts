import { expect, it } from 'vitest';
import { executorVersion } from './executor-version.ts';

it('names library and graphs, and those of before graphs changed as they were recorded', () => {
  expect(executorVersion('2.21.0', 2)).toBe('2.21.0 (graphs 2)');
  expect(executorVersion('2.21.0', 1)).toBe('2.21.0');
});
