import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../..');
/** Paths of all tests, from the root. */
const tests = ['packages', 'apps'].flatMap((where) =>
  readdirSync(path.join(root, where)).flatMap((name) =>
    ['src', 'test'].flatMap((part) => {
      const folder = path.join(where, name, part);
      if (!existsSync(path.join(root, folder))) return [];
      const files = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' });
      return files.filter((file) => file.endsWith('.test.ts')).map((file) => path.join(folder, file));
    }),
  ),
);

/** Rows of the tables whose last column says which test holds them: first and last cell. */
function heldRows(): readonly (readonly [what: string, holding: string])[] {
  let isHeld = false;
  return readFileSync(path.join(root, 'docs/numerics.md'), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const cells = line.startsWith('|') ? line.slice(1, -1).split('|') : [];
      const [what = '', holding = ''] = [cells[0], cells.at(-1)].map((cell) => cell?.trim());
      if (cells.length === 0 || holding === 'held by') isHeld = holding === 'held by';
      return isHeld && holding !== 'held by' && !/^-+$/.test(holding) ? [[what, holding] as const] : [];
    });
}

it('docs/numerics.md says of each formula which test holds it, and those tests are there', () => {
  const rows = heldRows();
  expect(rows.length).toBeGreaterThan(60);
  for (const [what, holding] of rows) {
    expect(holding, `${what} is held by nothing`).not.toBe('');
    for (const [, name = ''] of holding.matchAll(/`([^`]+)`/g)) {
      const isFolder = existsSync(path.join(root, name));
      expect(isFolder || tests.some((file) => file.endsWith(`${name}.test.ts`)), `${what}: ${name}.test.ts`).toBe(true);
    }
  }
});
