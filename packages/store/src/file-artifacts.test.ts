import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { fileArtifacts } from './file-artifacts.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'gansweep-artifacts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const artifacts = fileArtifacts(folder);

it('gives back what was written, with its size and sha256, and leaves nothing half-written behind', async () => {
  const bytes = Uint8Array.from([1, 2, 3]);
  const written = await artifacts.write('runs/a/e1/10.full', bytes);
  expect(written).toEqual({ sha256: createHash('sha256').update(bytes).digest('hex'), bytes: 3 });
  expect(await artifacts.read('runs/a/e1/10.full')).toEqual(bytes);
  expect(readdirSync(path.join(folder, 'runs/a/e1'))).toEqual(['10.full']);
});

it('answers null for a key that was never written or was removed', async () => {
  await artifacts.write('runs/b/x', new Uint8Array(1));
  await artifacts.remove('runs/b/x');
  expect(await artifacts.read('runs/b/x')).toBeNull();
});

it.each(['../outside', 'runs/../../outside', '/etc/passwd', 'runs/a\\b', 'runs//x', 'x'])(
  'refuses the key %s',
  async (key) => {
    await expect(artifacts.read(key)).rejects.toThrow(RangeError);
  },
);
