import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('docs/operations.md lists every setting', () => {
  const source = readFileSync(new URL('config.ts', import.meta.url), 'utf8');
  const names = [...source.matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(([, name]) => name as string);
  expect(names.length).toBeGreaterThan(20);
  const listed = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
  expect(names.filter((name) => !listed.includes(`\`${name}\``))).toEqual([]);
});
