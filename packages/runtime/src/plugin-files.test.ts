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
const withFields = (fields: string): string => loss('a').replace(`doc: 'd'`, `doc: 'd', fields: ${fields}`);
const imageSet = (change: Readonly<Record<string, string>>): string => {
  const fields = {
    name: `'s'`,
    doc: `'d'`,
    kind: `'images'`,
    side: '16',
    channels: '1',
    count: '200',
    image: '() => 1',
  };
  const text = Object.entries({ ...fields, ...change }).map(([name, value]) => `${name}: ${value}`);
  return `export const datasets = [{ ${text.join(', ')} }];`;
};

describe('a folder of plugins', () => {
  it('gives the losses of its files by name of file, each with the hash of its text', async () => {
    const { losses } = await loadPlugins(folderWith({ 'b.mjs': loss('b'), 'a.mjs': loss('a'), 'notes.txt': 'x' }));
    expect(losses.map(({ name }) => name)).toEqual(['a', 'b']);
    const [again] = (await loadPlugins(folderWith({ 'other.mjs': loss('a') }))).losses;
    expect(again?.hash).toBe(losses[0]?.hash);
    expect(losses[0]?.hash).not.toBe(losses[1]?.hash);
    expect((await loadPlugins(null)).losses).toEqual([]);
  });

  it.each([
    [loss('My Loss'), /a\.mjs: losses\.0\.name: has small letters/],
    [loss('a').replace('doc', 'docs'), /a\.mjs: losses\.0/],
    [loss('a').replace('() => 2', '2'), /a\.mjs: losses\.0\.generator: must be a function/],
    [`${loss('a')} export const modules = [];`, /a\.mjs: exports modules: a plugin exports losses, noiseLaws/],
    ['export const losses = [];', /a\.mjs: its exports: exports nothing: export a list as losses or noiseLaws/],
    [`throw new Error('no such thing');`, /a\.mjs: throws when it is loaded: no such thing: mend it, or take it out/],
    [withFields('1'), /a\.mjs: losses\.0\.fields: must be a function/],
    [withFields('() => 1'), /a\.mjs: a: its fields are not valid .* give a function of z/],
    [withFields('(z) => ({ g: z.number().min(0).max(1) })'), /a\.mjs: a: field g has no default: give it \.default/],
    [withFields(`(z) => ({ g: z.number().min(0).default(1).describe('d') })`), /field g has no bounds: give it \.min/],
    [
      withFields(`(z) => ({ g: z.number().min(0).max(1).default(2).describe('d') })`),
      /field g has the default 2, which/,
    ],
    [
      withFields(`(z) => ({ g: z.number().min(0).max(1).default(-1).describe('d') })`),
      /field g has the default -1, which/,
    ],
    [
      withFields(`(z) => ({ g: z.int().min(0).max(1).default(0.5).describe('d') })`),
      /field g has the default 0\.5, which/,
    ],
    [withFields(`(z) => ({ g: z.enum(['a']).default('b').describe('d') })`), /field g has the default b, which/],
    [withFields(`(z) => ({ g: z.string().default('a').describe('d') })`), /field g is neither a number nor a choice/],
    [withFields(`(z) => ({ 'a.b': z.boolean().default(true).describe('d') })`), /field a\.b has letters and digits/],
    [`import './b.mjs'; ${loss('a')}`, /a\.mjs: a plugin is one file and imports nothing/],
    [`export * from "./b.mjs"; ${loss('a')}`, /imports nothing/],
    [`import {\n  b,\n} /* 'node:fs' */ from './b.mjs'; ${loss('a')}`, /imports nothing/],
    [`const b = await import(\`./b.mjs\`); ${loss('a')}`, /imports nothing/],
    [`const b = require('b'); ${loss('a')}`, /imports nothing/],
    [imageSet({ side: '20' }), /a\.mjs: datasets\.0\.side: /],
    [imageSet({ count: '1e9' }), /a\.mjs: datasets\.0: has more than 512 MiB of images/],
    [imageSet({ label: '() => 0' }), /a\.mjs: datasets\.0: has classes without label, or label without classes/],
    [imageSet({ kind: `'points'` }), /a\.mjs: datasets\.0\.box: /],
    ['export const losses = [', /a\.mjs: /],
  ])('is refused with the file and what is wrong: %s', async (text, problem) => {
    await expect(loadPlugins(folderWith({ 'a.mjs': text }))).rejects.toThrow(problem);
  });

  it.each([
    `// as opposed to that from 'word'`,
    `/* import './b.mjs' */`,
    `const words = ["taken from 'word'", 'import "it"', \`require('b') from 'b'\`];`,
    `const letters = Array.from('abc');`,
    `import { tmpdir } from 'node:os'; import "node:fs";`,
  ])('is not refused for what is no import of another file: %s', async (text) => {
    const { losses } = await loadPlugins(folderWith({ 'a.mjs': `${text}\n${loss('a')}` }));
    expect(losses).toHaveLength(1);
  });

  it('has the fields that it declares with zod', async () => {
    const declared = `(z) => ({
      gamma: z.number().min(0).max(5).default(2).describe('Exponent.'),
      depth: z.int().min(1).max(3).default(1).describe('Layers.'),
      form: z.enum(['plain', 'soft']).default('soft').describe('Form.'),
      on: z.boolean().default(false).describe('Whether.'),
    })`;
    const [{ fields = [] } = {}] = (await loadPlugins(folderWith({ 'a.mjs': withFields(declared) }))).losses;
    expect(fields).toEqual([
      { name: 'gamma', doc: 'Exponent.', kind: { type: 'real', min: 0, max: 5 }, default: 2 },
      { name: 'depth', doc: 'Layers.', kind: { type: 'integer', min: 1, max: 3 }, default: 1 },
      { name: 'form', doc: 'Form.', kind: { type: 'choice', choices: ['plain', 'soft'] }, default: 'soft' },
      { name: 'on', doc: 'Whether.', kind: { type: 'choice', choices: [false, true] }, default: false },
    ]);
  });

  it('has data sets of points and of images', async () => {
    const points = `export const datasets = [
      { name: 'p', doc: 'd', kind: 'points', box: { low: 0, high: 1 }, point: () => [0, 0] },
    ];`;
    const { datasets } = await loadPlugins(folderWith({ 'a.mjs': imageSet({}), 'b.mjs': points }));
    expect(datasets).toMatchObject([
      { name: 's', data: { kind: 'images', side: 16, channels: 1, count: 200, classes: null } },
      { name: 'p', data: { kind: 'points', box: { low: 0, high: 1 }, modes: null } },
    ]);
  });

  it('is refused where it is not there', async () => {
    await expect(loadPlugins(path.join(root, 'absent'))).rejects.toThrow(
      /absent cannot be read \(ENOENT\): GANSWEEP_PLUGINS/,
    );
  });
});
