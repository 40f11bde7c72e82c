import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pluginFiles } from '@gansweep/domain';
import { afterAll, expect, it } from 'vitest';
import { usePlugins } from './use-plugins.ts';

const root = mkdtempSync(path.join(tmpdir(), 'gansweep-use-plugins-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = path.join(root, String(folders++));
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return folder;
}

const exported = (table: string, rest: string): string =>
  `export const ${table} = [{ name: 'own', doc: 'd', ${rest} }];`;
const LAW = exported('noiseLaws', 'place: (shares) => shares');

it.each<[string, Readonly<Record<string, string>>, RegExp]>([
  [
    'a loss without a gradient',
    {
      'a.mjs': exported(
        'losses',
        'discriminator: ({ real }, { mean }) => mean(real, [0, 1]), generator: (fake) => fake',
      ),
    },
    /a\.mjs: loss own: G's half gives \[4,1\], and a loss is a scalar: take the mean/,
  ],
  [
    'a noise law that is not finite',
    { 'a.mjs': exported('noiseLaws', 'place: (shares) => shares.map(() => 1 / 0)') },
    /a\.mjs: noise law own: place gives numbers that are not finite/,
  ],
  [
    'a metric that gives no number',
    { 'a.mjs': exported('metrics', `on: 'points', measure: () => 'good'`) },
    /a\.mjs: metric own: measure gives string, and a score is a number/,
  ],
  [
    'a data set of another shape',
    { 'a.mjs': exported('datasets', `kind: 'images', side: 16, channels: 1, count: 100, image: () => [1]`) },
    /a\.mjs: data set own: image gives 1 numbers, and 16×16×1 are 256/,
  ],
  [
    'a model of another shape',
    {
      'a.mjs': exported(
        'models',
        `learns: 'points', generator: () => ({ parameters: { w: { shape: [1] } }, apply: (z) => z }), discriminator: () => ({})`,
      ),
    },
    /a\.mjs: model own: /,
  ],
  [
    'a name that two files give',
    { 'a.mjs': LAW, 'b.mjs': exported('metrics', `on: 'points', measure: () => 1`) },
    /b\.mjs: metric own: .*a\.mjs has a noise law of that name: give each a name of its own, whatever its kind/,
  ],
])('plugins are refused at the start for %s, and nothing of them is taken', async (_, files, problem) => {
  await expect(usePlugins(folderWith(files))).rejects.toThrow(problem);
  expect(pluginFiles()).toEqual([]);
});
