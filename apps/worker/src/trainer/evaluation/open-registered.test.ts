import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeExtractors } from '@gansweep/runtime';
import { afterAll, expect, it } from 'vitest';
import { unfitExtractor } from './open-registered.ts';

const home = mkdtempSync(path.join(tmpdir(), 'gansweep-extractors-'));
afterAll(() => rmSync(home, { recursive: true }));

it('a network of grey pictures cannot look at colours, and one of colours looks at both', () => {
  const registered = (name: string, channels: 1 | 3) => ({
    name,
    path: '/nowhere.onnx',
    file: 'a'.repeat(64),
    weights: 'b'.repeat(64),
    input: { name: 'pictures', height: 16, width: 16, channels },
    output: 'features',
    dimension: 4,
    range: 'unit' as const,
    isInception: false,
  });
  writeExtractors(home, [registered('grey', 1), registered('colour', 3)]);
  expect(unfitExtractor(home, 'grey', 3)).toMatch('grey looks at grey pictures, and these are in colour');
  expect([
    unfitExtractor(home, 'grey', 1),
    unfitExtractor(home, 'colour', 3),
    unfitExtractor(home, 'colour', 1),
  ]).toEqual([null, null, null]);
});
