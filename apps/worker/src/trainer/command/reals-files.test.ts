import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { samplesFromNpy } from '@gansweep/datasets';
import type { ImageReals } from '@gansweep/domain';
import { afterAll, expect, it } from 'vitest';
import { realsFiles } from './reals-files.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'gansweep-reals-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const given = { seed: 1, datasets: folder, scratch: folder };

/** Image i is all i. */
const images: ImageReals = {
  kind: 'images',
  count: 5,
  height: 2,
  width: 3,
  channels: 1,
  copy: (positions, out) => {
    positions.forEach((position, i) => {
      out.fill(position, 6 * i, 6 * (i + 1));
    });
  },
};

/** Header and numbers of a file that NumPy reads. */
function tableOf(file: string): { readonly head: string; readonly numbers: Buffer } {
  const bytes = readFileSync(file);
  const start = 10 + bytes.readUInt16LE(8);
  expect(start % 64).toBe(0);
  return { head: bytes.toString('latin1', 10, start), numbers: bytes.subarray(start) };
}

it('a program is told the classes of its images, row by row', async () => {
  const train = { ...images, classes: ['cat', 'dog'], labels: Uint8Array.of(1, 0, 1, 1, 0) };
  const files = await realsFiles({ train, part: 'animals' }, given);
  expect(files).toMatchObject({ classes: ['cat', 'dog'], numbers: null });
  const reals = samplesFromNpy(readFileSync(files.reals));
  expect(reals.ok && [...reals.value.data].filter((_, i) => i % 6 === 0)).toEqual([0, 1, 2, 3, 4]);
  const { head, numbers } = tableOf(files.labels ?? '');
  expect(head).toContain("{'descr': '<i4', 'fortran_order': False, 'shape': (5,), }");
  expect(Array.from({ length: 5 }, (_, i) => numbers.readInt32LE(4 * i))).toEqual([1, 0, 1, 1, 0]);
  // A part of the same set has labels of its own, and the same part is written once.
  const other = await realsFiles({ train: { ...train, labels: Uint8Array.of(0, 0, 0, 0, 0) }, part: 'cats' }, given);
  expect(other.labels).not.toBe(files.labels);
  const before = statSync(files.labels ?? '').mtimeMs;
  expect(await realsFiles({ train, part: 'animals' }, given)).toEqual(files);
  expect(statSync(files.labels ?? '').mtimeMs).toBe(before);
});

it('a program is told the numbers behind its images, and nothing where nothing is known', async () => {
  const vectors = Float32Array.from({ length: 10 }, (_, i) => i / 4);
  const { labels, numbers } = await realsFiles({ train: { ...images, vectors }, part: 'fractals' }, given);
  const table = tableOf(numbers ?? '');
  expect(table.head).toContain("'descr': '<f4', 'fortran_order': False, 'shape': (5, 2)");
  expect(Array.from({ length: 10 }, (_, i) => table.numbers.readFloatLE(4 * i))).toEqual([...vectors]);
  expect(labels).toBeNull();
  expect(await realsFiles({ train: images, part: 'plain' }, given)).toMatchObject({
    classes: null,
    labels: null,
    numbers: null,
  });
});
