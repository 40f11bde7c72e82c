import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadPlugins } from './plugin-files.ts';

const root = mkdtempSync(path.join(tmpdir(), 'gansweep-plugins-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = path.join(root, String(folders++));
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return folder;
}
const loss = (name: string) =>
  `export const losses = [{ name: '${name}', doc: 'd', discriminator: () => 1, generator: () => 2 }];`;

describe('a folder of plugins', () => {
  it('gives the losses of its files by name of file, each with the hash of its text', async () => {
    const { losses } = await loadPlugins(folderWith({ 'b.mjs': loss('b'), 'a.mjs': loss('a'), 'notes.txt': 'x' }));
    expect(losses.map(({ name }) => name)).toEqual(['a', 'b']);
    const [again] = (await loadPlugins(folderWith({ 'other.mjs': loss('a') }))).losses;
    expect(again?.hash).toBe(losses[0]?.hash);
    expect(losses[0]?.hash).not.toBe(losses[1]?.hash);
    expect(await loadPlugins(null)).toEqual({ losses: [] });
  });

  it.each([
    [loss('My Loss'), /a\.mjs: losses\.0\.name: has small letters/],
    [loss('a').replace('doc', 'docs'), /a\.mjs: losses\.0/],
    [loss('a').replace('() => 2', '2'), /a\.mjs: losses\.0\.generator: must be a function/],
    [`${loss('a')} export const models = [];`, /a\.mjs: .*models/],
    [`import './b.mjs'; ${loss('a')}`, /a\.mjs: a plugin is one file and imports nothing/],
    ['export const losses = [', /a\.mjs: /],
  ])('is refused with the file and what is wrong: %s', async (text, problem) => {
    await expect(loadPlugins(folderWith({ 'a.mjs': text }))).rejects.toThrow(problem);
  });

  it('is refused where it is not there', async () => {
    await expect(loadPlugins(path.join(root, 'absent'))).rejects.toThrow(/GANSWEEP_PLUGINS=.*ENOENT/);
  });
});
