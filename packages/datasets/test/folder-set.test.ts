import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ImageReals } from '@gansweep/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenDataset, openDataset } from '../src/open-dataset.ts';
import { makeFolderSet, newestFolderReport, openFolderSet } from '../src/readers/folder/folder-set.ts';
import type { FolderSource } from '../src/readers/folder/read-folder.ts';
import { plainPng } from './picture-files.ts';

const ID = 'folder:shapes';
const SIDE = 8;
let place: string;
let root: string;
let folder: string;

beforeEach(() => {
  place = mkdtempSync(path.join(tmpdir(), 'gansweep-folder-'));
  root = path.join(place, 'pictures');
  folder = path.join(place, 'datasets');
  for (const [name, seeds] of [
    ['circle', [1, 2, 3, 4, 5, 6]],
    ['square', [7, 8, 9, 10]],
  ] as const) {
    mkdirSync(path.join(root, name), { recursive: true });
    for (const seed of seeds) writeFileSync(path.join(root, name, `${seed}.png`), plainPng(seed));
  }
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const source = (): FolderSource => ({
  root,
  channels: 3,
  background: [255, 255, 255],
  classes: 'folders',
  excluded: [],
});
const make = (changes: Partial<FolderSource> = {}) =>
  makeFolderSet(ID, { ...source(), ...changes }, { folder, side: SIDE });
const copied = (images: ImageReals, position: number): Uint8Array => {
  const out = new Uint8Array(images.height * images.width * images.channels);
  images.copy(Uint32Array.of(position), out);
  return out;
};
const imagesOf = ({ train, heldOut }: OpenDataset): readonly [ImageReals, ImageReals] => {
  if (train.kind !== 'images' || heldOut.kind !== 'images') throw new Error('not images');
  return [train, heldOut];
};

describe('a folder of pictures', () => {
  it('becomes images with labels by sub-folder, in the order of paths', async () => {
    const { version, files } = await make();
    expect(version).toMatchObject({ id: ID, count: 10, classes: ['circle', 'square'], channels: 3 });
    expect(files.map((file) => file.path).slice(0, 2)).toEqual(['circle/1.png', 'circle/2.png']);
    const images = await openFolderSet(version, { folder, side: SIDE, note: () => {} });
    expect([images.count, images.height, images.channels]).toEqual([10, SIDE, 3]);
    expect(Array.from(images.labels ?? [])).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
    expect(copied(images, 0)).not.toEqual(copied(images, 1));
    expect(await newestFolderReport(folder, ID)).toMatchObject({ dataHash: version.dataHash, side: SIDE });
  });

  it('has a hash that follows content, names, classes and preparation, and not the place', async () => {
    const hash = async (changes: Partial<FolderSource> = {}) => (await make(changes)).dataHash;
    const first = await hash();
    const elsewhere = path.join(place, 'elsewhere');
    cpSync(root, elsewhere, { recursive: true });
    expect(await hash({ root: elsewhere })).toBe(first);
    const table = path.join(place, 'classes.csv');
    const row = (file: string): string => `"${file}",${file.includes('circle') ? 'square' : 'circle'}\n`;
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.png'));
    writeFileSync(table, `file,class\n${files.map(row).join('')}`);
    const others = [
      await hash({ channels: 1 }),
      await hash({ background: [0, 0, 0] }),
      await hash({ classes: 'none' }),
      await hash({ classes: { table } }),
      await hash({ excluded: ['circle/1.png'] }),
    ];
    renameSync(path.join(elsewhere, 'circle/1.png'), path.join(elsewhere, 'circle/0.png'));
    others.push(await hash({ root: elsewhere }));
    expect(new Set([first, ...others]).size).toBe(7);
  });

  it('is decoded once: opened again it needs no pictures, and at another size it does', async () => {
    const { version } = await make();
    rmSync(root, { recursive: true });
    const open = (side: number) => openFolderSet(version, { folder, side, note: () => {} });
    expect((await open(SIDE)).count).toBe(10);
    await expect(open(16)).rejects.toThrow(
      /folder:shapes: .*pictures cannot be read here \(ENOENT\).*This machine needs the pictures/,
    );
  });

  it('that has changed since it was registered is refused, with the mend', async () => {
    const { version } = await make();
    appendFileSync(path.join(root, 'circle/1.png'), 'x');
    writeFileSync(path.join(root, 'circle/1.png'), plainPng(77));
    const opening = openFolderSet(version, { folder, side: 16, note: () => {} });
    await expect(opening).rejects.toThrow(/are others than when it was registered .*gansweep dataset add shapes/);
  });

  it('is split into training and held-out images that share none, and filtered by class and number', async () => {
    const { version } = await make();
    const open = async (wanted: object) =>
      imagesOf(await openDataset({ dataset: ID, resolution: SIDE, ...wanted }, { folder, version }));
    const [train, heldOut] = await open({});
    expect([train.count, heldOut.count]).toEqual([9, 1]);
    const seen = Array.from({ length: 9 }, (_, i) => copied(train, i).join());
    expect(new Set([...seen, copied(heldOut, 0).join()]).size).toBe(10);
    const isCircleHeldOut = heldOut.labels?.[0] === 0;
    const wanted = isCircleHeldOut ? 'circle' : 'square';
    const [some] = await open({ classes: wanted });
    expect([some.classes, [...new Set(Array.from(some.labels ?? []))]]).toEqual([[wanted], [0]]);
    expect(some.count).toBe(
      train.labels && Array.from(train.labels).filter((label) => label === heldOut.labels?.[0]).length,
    );
    const [few] = await open({ subset: 3 });
    expect(few.count).toBe(3);
    expect(copied((await open({ subset: 3 }))[0], 1)).toEqual(copied(few, 1));
    await expect(open({ classes: 'star' })).rejects.toThrow('it has no class star, but circle, square');
  });
});

it('a folder without sub-folders has no classes, and an empty one is refused', async () => {
  const { version } = await make({ root: path.join(root, 'circle') });
  expect(version.classes).toBeNull();
  mkdirSync(path.join(place, 'empty'));
  await expect(make({ root: path.join(place, 'empty') })).rejects.toThrow('holds no files .png, .jpg or .jpeg');
  await expect(make({ root: path.join(place, 'nowhere') })).rejects.toThrow('cannot be read here (ENOENT)');
  await expect(make({ classes: { table: path.join(place, 'no.csv') } })).rejects.toThrow(
    'table of classes that cannot be read',
  );
});
