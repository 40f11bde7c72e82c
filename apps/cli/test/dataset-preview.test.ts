import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { usePlugins } from '@gansweep/worker';
import { decode } from 'fast-png';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { dataset } from '../src/commands/dataset.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'gansweep-preview-'));
const plugins = path.join(folder, 'plugins');

beforeAll(async () => {
  mkdirSync(plugins);
  for (const file of ['moons.mjs', 'shapes.mjs'])
    copyFileSync(path.resolve(import.meta.dirname, '../../../sweeps/plugins', file), path.join(plugins, file));
  await usePlugins(plugins);
  vi.stubEnv('GANSWEEP_HOME', folder);
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** What the command says, and the picture that it writes. */
async function preview(...words: readonly string[]) {
  const said: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line));
  const out = path.join(folder, 'out', 'picture.png');
  await dataset.run(['preview', ...words, '--out', out]);
  return { said: said.join('\n'), picture: decode(readFileSync(out)) };
}

it.each(['ring8', 'plugin:moons'])('draws points of the law %s', async (name) => {
  const { said, picture } = await preview(name);
  expect(said).toContain('4000 points as training draws them');
  expect([picture.width, picture.height]).toEqual([384, 384]);
  // Ink is blue. Points that were not drawn would lie on one another, under a single dot.
  const isInk = ([red = 0, , blue = 0]: readonly number[]): boolean => blue - red > 20;
  expect(Array.from(picture.data, (at) => picture.palette?.[at] ?? []).filter(isInk).length).toBeGreaterThan(500);
});

it('draws images of a plugin in their own size', async () => {
  const { said, picture } = await preview('plugin:shapes');
  expect(said).toMatch(/^64 of \d+ training images at 16 × 16/);
  expect(picture.width).toBeGreaterThan(8 * 16);
});

it.each([
  ['a law at a resolution', ['ring8', '--resolution', '32'], 'ring8 has points, which have no resolution'],
  ['images at another side', ['plugin:shapes', '--resolution', '64'], 'plugin:shapes has images of 16 pixels, not 64'],
  ['an unknown plugin', ['plugin:suns'], 'plugin:suns is no data set of the plugins here: GANSWEEP_PLUGINS'],
  ['an unknown folder', ['cats'], 'folder:cats was not read on this machine'],
])('refuses %s', async (_, words, message) => {
  await expect(preview(...words)).rejects.toThrow(message);
});
