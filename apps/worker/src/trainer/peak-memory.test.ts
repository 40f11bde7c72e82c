import { expect, it } from 'vitest';
import { forgetPeakMemory, peakMemoryMib } from './peak-memory.ts';

const MIB = 2 ** 20;

it('the peak is as much higher as was in use at once, and forgets what was before', () => {
  forgetPeakMemory();
  const before = peakMemoryMib();
  let large: Uint8Array | null = new Uint8Array(200 * MIB).fill(1);
  expect(peakMemoryMib() - before).toBeGreaterThan(190);
  expect(peakMemoryMib() - before).toBeLessThan(400);
  expect(large[5]).toBe(1);
  large = null;
  expect(peakMemoryMib()).toBeLessThanOrEqual(process.resourceUsage().maxRSS / 1024 + 1);
});
