import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeFiles } from '../src/readers/folder/decode-files.ts';
import type { DecodeAnswer } from '../src/readers/folder/decoder-messages.ts';
import { readFolder } from '../src/readers/folder/read-folder.ts';
import { readInside } from '../src/readers/folder/read-inside.ts';
import { walkFolder } from '../src/readers/folder/walk-folder.ts';
import { type HostileFile, writeHostileCorpus } from './hostile-corpus.ts';
import { plainPng } from './picture-files.ts';

let place: string;
let root: string;
let outside: string;
let corpus: readonly HostileFile[];

beforeAll(async () => {
  place = mkdtempSync(path.join(tmpdir(), 'gansweep-hostile-'));
  root = path.join(place, 'root');
  outside = path.join(place, 'secret.png');
  mkdirSync(root);
  writeFileSync(outside, plainPng(99));
  corpus = await writeHostileCorpus(root, outside);
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

const SETTINGS = { side: 16, channels: 3, background: [255, 255, 255], processes: 2 } as const;

describe('a folder of hostile files', () => {
  it('has a hundred and more of them, and lists none that leads outside', async () => {
    expect(corpus.length).toBeGreaterThan(100);
    const { pictures, others } = await walkFolder(root);
    const seen = new Set(pictures);
    for (const { path: file, fate } of corpus) expect([file, seen.has(file)]).toEqual([file, fate !== 'unseen']);
    expect(others.links).toBe(10);
    expect(others).toMatchObject({ hidden: 3, 'odd names': 4 });
  });

  it('ends no process but its own, and each file has the fate that it deserves', async () => {
    const { pictures } = await walkFolder(root);
    const fates = new Map(corpus.map(({ path: file, fate }) => [file, fate]));
    const got: DecodeAnswer[] = [];
    for await (const answer of decodeFiles(pictures, { ...SETTINGS, root })) got.push(answer);
    expect(got.length).toBe(pictures.length);
    const fate = got.map((answer, i) => [pictures[i], answer.kind === 'bad' ? 'bad' : 'fine']);
    expect(fate).toEqual(pictures.map((file) => [file, fates.get(file)]));
    for (const answer of got) if (answer.kind === 'bad') expect(answer.reason).toMatch(/^[\x20-\x7e×…]{4,200}$/);
  });

  it('is refused with some of its files by name', async () => {
    const images = readFolder(
      { root, channels: 3, background: [255, 255, 255], classes: 'none', excluded: [] },
      { side: 16, processes: 1 },
    );
    const reading = async (): Promise<void> => {
      for await (const _ of images);
    };
    await expect(reading()).rejects.toThrow(/pictures in .* cannot be used, more than 1 %: bomb\/.*; take them out/);
  });
});

describe('a file below the root', () => {
  it.each([
    '../secret.png',
    'a/../../secret.png',
    '/etc/passwd',
    '',
    '.',
    'a//b',
    './x.png',
    'a\\..\\..\\secret.png',
    'a\0b',
  ])('is not %j', (name) => {
    expect(() => readInside(root, name)).toThrow('its name is no name below the folder');
  });

  it('is not read by a link, not even when a folder became one after it was listed', () => {
    expect(() => readInside(root, 'link/file.png')).toThrow('ELOOP');
    mkdirSync(path.join(root, 'turns'));
    renameSync(path.join(root, 'turns'), path.join(root, 'turned'));
    symlinkSync(place, path.join(root, 'turns'));
    expect(readFileSync(path.join(root, 'turns/secret.png')).length).toBeGreaterThan(0);
    expect(() => readInside(root, 'turns/secret.png')).toThrow('its path leads elsewhere by a link');
    rmSync(path.join(root, 'turns'));
  });

  it('is not a pipe, which would be waited for, nor a device', () => {
    expect(() => readInside(root, 'link/pipe.png')).toThrow('it is no plain file');
    expect(() => readInside('/dev', 'zero')).toThrow('it is no plain file');
  });
});

it('a file that takes too long is bad, and the ones after it are decoded by a new process', async () => {
  const slow = path.join(place, 'slow');
  mkdirSync(slow);
  // Nine million honest pixels: some tenths of a second.
  writeFileSync(path.join(slow, 'a.png'), plainPng(3, 3_000));
  writeFileSync(path.join(slow, 'b.png'), plainPng(4));
  const got: DecodeAnswer[] = [];
  for await (const answer of decodeFiles(['a.png', 'b.png', 'b.png'], {
    ...SETTINGS,
    root: slow,
    processes: 1,
    fileMs: 40,
  }))
    got.push(answer);
  expect(got.map(({ kind }) => kind)).toEqual(['bad', 'prepared', 'prepared']);
  expect(got[0]).toEqual({ kind: 'bad', reason: 'it takes more than 0.04 s' });
});
