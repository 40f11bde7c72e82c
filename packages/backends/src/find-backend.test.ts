import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findBackend, installedBackend, installedFolder, stagingFolder } from './find-backend.ts';
import { BackendNotInstalled } from './installed-backend.ts';
import type { Manifest } from './manifest.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'gansweep-backends-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const manifest: Manifest = {
  format: 1,
  name: 'tensorflow',
  version: '2.15.1',
  packageVersion: '4.22.0',
  from: 'wheel',
  platform: `${process.platform}-${process.arch}`,
  packageFolder: 'node_modules/@tensorflow/tfjs-node',
  binding: 'node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node',
  bytes: 1234,
  installedAt: '2026-01-02T03:04:05.000Z',
  files: [{ path: 'deps/library.so', size: 7 }],
};

function place(text: string, library: string | null = '7 bytes'): void {
  const folder = installedFolder(home, 'tensorflow');
  mkdirSync(path.join(folder, 'deps'), { recursive: true });
  writeFileSync(path.join(folder, 'backend.json'), text);
  if (library !== null) writeFileSync(path.join(folder, 'deps/library.so'), library);
}

describe('a backend on the disk', () => {
  it('is absent where nothing was installed, and the mend is named', () => {
    expect(findBackend('tensorflow', path.join(home, 'never made'))).toEqual({ kind: 'absent' });
    expect(() => installedBackend('tensorflow', home)).toThrow(BackendNotInstalled);
    expect(() => installedBackend('tensorflow', home)).toThrow(/run gansweep backend install tensorflow$/);
  });

  it('is installed when its manifest and its native files are there', () => {
    place(JSON.stringify(manifest));
    const folder = installedFolder(home, 'tensorflow');
    expect(installedBackend('tensorflow', home)).toEqual({
      name: 'tensorflow',
      folder,
      packageFolder: path.join(folder, 'node_modules/@tensorflow/tfjs-node'),
      binding: path.join(folder, 'node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node'),
      version: '2.15.1',
      packageVersion: '4.22.0',
      from: 'wheel',
      bytes: 1234,
      installedAt: '2026-01-02T03:04:05.000Z',
    });
  });

  it('is only begun while it is being made', () => {
    mkdirSync(stagingFolder(home, 'tensorflow'), { recursive: true });
    writeFileSync(path.join(stagingFolder(home, 'tensorflow'), 'part'), 'abc');
    expect(findBackend('tensorflow', home)).toEqual({ kind: 'begun', bytes: 3 });
    expect(() => installedBackend('tensorflow', home)).toThrow(/stopped in the middle; run gansweep backend install/);
  });

  it.each([
    ['a folder without a manifest', null, '7 bytes', /backend\.json is missing/],
    ['a torn manifest', '{"format": 1,', '7 bytes', /backend\.json cannot be read/],
    [
      'a manifest whose paths leave the folder',
      JSON.stringify({ ...manifest, binding: '../../x.node' }),
      '7 bytes',
      /cannot be read/,
    ],
    ['another machine', JSON.stringify({ ...manifest, platform: 'plan9-mips' }), '7 bytes', /installed for plan9-mips/],
    [
      "another backend's manifest",
      JSON.stringify({ ...manifest, name: 'tensorflow-gpu' }),
      '7 bytes',
      /it is tensorflow-gpu/,
    ],
    ['a shortened library', JSON.stringify(manifest), 'short', /library\.so has 5 bytes of 7/],
    ['a library that was taken away', JSON.stringify(manifest), null, /library\.so is missing/],
  ] as const)('is damaged with %s', (_, text, library, why) => {
    place(text ?? '', library);
    if (text === null) rmSync(path.join(installedFolder(home, 'tensorflow'), 'backend.json'));
    expect(findBackend('tensorflow', home)).toMatchObject({ kind: 'damaged', why: expect.stringMatching(why) });
    expect(() => installedBackend('tensorflow', home)).toThrow(/damaged .* run gansweep backend install tensorflow/);
  });
});
