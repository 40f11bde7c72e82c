import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { describeGpu, watchGpu } from './gpu.ts';

let bin: string;
beforeEach(() => {
  bin = mkdtempSync(path.join(tmpdir(), 'gansweep-bin-'));
  vi.stubEnv('PATH', `${bin}:${process.env.PATH}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(bin, { recursive: true });
});

const driver = (script: string): void =>
  writeFileSync(path.join(bin, 'nvidia-smi'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

it('names the first GPU, and none where the driver fails', () => {
  driver('echo "Fast Card, 100 MiB, 1.2"; echo "Slow Card, 1 MiB, 1.2"');
  expect(describeGpu()).toBe('Fast Card, 100 MiB, driver 1.2');
  driver('exit 9');
  expect(describeGpu()).toBeNull();
});

it('tells the median load of a measure and leaves out readings of what went before', async () => {
  const later = path.join(bin, 'later');
  driver(`echo 99; while [ ! -f ${later} ]; do sleep 0.05; done; echo 40; exec sleep 60`);
  let now = 0;
  const clock = vi.fn(() => now);
  await using watch = watchGpu(clock);
  const end = watch.measure();
  // Once at the beginning, and once for the reading of what went before.
  await vi.waitFor(() => expect(clock).toHaveBeenCalledTimes(2), 10_000);
  expect(end()).toBeNull();
  now = 1_000;
  writeFileSync(later, '');
  await vi.waitFor(() => expect(end()).not.toBeNull(), 10_000);
  expect(end()).toBe(0.4);
});

it('measures nothing where there is no driver', async () => {
  vi.stubEnv('PATH', bin);
  await using watch = watchGpu();
  expect(watch.measure()()).toBeNull();
});
