import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';
import { trainerRegistry } from './trainer-commands.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'gansweep-trainers-'));
const file = path.join(folder, 'trainers.json');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function trainersOf(document: unknown) {
  writeFileSync(file, typeof document === 'string' ? document : JSON.stringify(document));
  return readConfig({ GANSWEEP_TRAINERS: file }).trainers;
}

describe('registered trainers', () => {
  it('are hashed by the files that their arguments name, as these are when asked', () => {
    writeFileSync(path.join(folder, 'train.py'), 'one');
    const registry = trainerRegistry(trainersOf({ mine: { argv: ['python3', 'train.py', '--fast'] } }));
    const before = registry.filesHash('mine');
    expect(before).toMatch(/^[0-9a-f]{16}$/);
    writeFileSync(path.join(folder, 'train.py'), 'two');
    expect(registry.filesHash('mine')).not.toBe(before);
  });

  it.each([
    ['{ mine', /GANSWEEP_TRAINERS=.*cannot be read as JSON/],
    [{ 'My Trainer': { argv: ['a'] } }, /My Trainer/],
    [{ mine: { argv: [] } }, /mine\.argv/],
    [{ mine: { argv: ['a'], shell: true } }, /mine: Unrecognized key: "shell"/],
    [{ mine: { argv: ['a'], files: ['absent.py'] } }, /mine: there is no file .*absent\.py/],
  ])('are refused with the place: %j', (document, problem) => {
    expect(() => trainersOf(document)).toThrow(problem);
  });
});
