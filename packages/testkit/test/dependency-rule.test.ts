import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../..');

/** One planted offence per way of breaking the rule: the file, what it says, and the rule that must name it. */
const PLANTED = [
  {
    what: 'a value import outwards',
    file: 'packages/gan/src/value.ts',
    text: "import { s } from '../../store/src/index.ts';\nexport const x = s;",
  },
  {
    what: 'a type-only import outwards',
    file: 'packages/gan/src/type.ts',
    text: "import type { S } from '../../store/src/index.ts';\nexport type X = S;",
  },
  {
    what: 'a re-export outwards',
    file: 'packages/gan/src/again.ts',
    text: "export { s } from '../../store/src/index.ts';",
  },
  {
    what: 'a deep path past the door',
    file: 'apps/api/src/deep.ts',
    text: "export { inner } from '../../../packages/spec/src/inner.ts';",
  },
  {
    what: 'an undeclared third party',
    file: 'packages/spec/src/third.ts',
    text: "import fastify from 'fastify';\nexport const x = fastify;",
  },
  {
    what: 'node:fs in a pure package',
    file: 'packages/domain/src/files.ts',
    text: "import { readFileSync } from 'node:fs';\nexport const x = readFileSync;",
  },
  {
    what: 'the testkit in production',
    file: 'apps/worker/src/kit.ts',
    text: "export { k } from '../../../packages/testkit/src/index.ts';",
  },
  {
    what: "the page's import of a door that is not for browsers",
    file: 'apps/dashboard/src/whole.ts',
    text: "export { p } from '../../../packages/program/src/index.ts';",
  },
  {
    what: 'a browser door that reaches Node two imports away',
    file: 'packages/program/src/browser.ts',
    text: "export { f } from './executors/near.ts';",
  },
] as const;

/** What the planted files import and may contain. */
const AROUND = [
  { file: 'packages/spec/src/inner.ts', text: 'export const inner = 1;' },
  { file: 'packages/program/src/index.ts', text: 'export const p = 1;' },
  { file: 'packages/program/src/executors/near.ts', text: "export { f } from './far.ts';" },
  {
    file: 'packages/program/src/executors/far.ts',
    text: "import { readFileSync } from 'node:fs';\nexport const f = readFileSync;",
  },
] as const;

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string; readonly severity: string };
}

describe('the dependency rule', () => {
  let place: string;
  let offenders: readonly string[];

  beforeAll(() => {
    place = mkdtempSync(path.join(tmpdir(), 'gansweep-rule-'));
    const doors = {
      gan: '',
      store: 'export const s = 1;\nexport type S = 1;',
      spec: '',
      testkit: 'export const k = 1;',
      domain: '',
    };
    for (const [name, text] of Object.entries(doors)) {
      mkdirSync(path.join(place, 'packages', name, 'src'), { recursive: true });
      writeFileSync(path.join(place, 'packages', name, 'src/index.ts'), text || 'export {};');
    }
    for (const { file, text } of [...AROUND, ...PLANTED]) {
      mkdirSync(path.dirname(path.join(place, file)), { recursive: true });
      writeFileSync(path.join(place, file), text);
    }
    for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json'])
      cpSync(path.join(root, file), path.join(place, file));
    symlinkSync(path.join(root, 'node_modules'), path.join(place, 'node_modules'));
    const run = spawnSync(
      process.execPath,
      [
        path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs'),
        '--config',
        '.dependency-cruiser.cjs',
        '--output-type',
        'json',
        'packages',
        'apps',
      ],
      { cwd: place, encoding: 'utf8', maxBuffer: 64 * 2 ** 20 },
    );
    const report = JSON.parse(run.stdout) as { summary: { violations: readonly Violation[] } };
    offenders = report.summary.violations
      .filter((violation) => violation.rule.severity === 'error')
      .map((violation) => violation.from);
  });
  afterAll(() => rmSync(place, { recursive: true, force: true }));

  it.each(PLANTED)('reports $what', ({ file }) => {
    expect(offenders).toContain(file);
  });

  it('reports nothing else', () => {
    expect(offenders.filter((file) => !PLANTED.some((planted) => planted.file === file))).toEqual([]);
  });
});

describe('names', () => {
  it('say what a file knows: none is called utils, helpers, common or misc', () => {
    const files = ['apps', 'packages', 'prisma', 'sweeps', 'docs', 'deploy'].flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
        .map((file) => path.join(folder, file))
        .filter((file) => !/(^|\/)(node_modules|dist|generated)(\/|$)/.test(file)),
    );
    expect(files.filter((file) => /(^|\/)(utils?|helpers?|common|misc)([./]|$)/.test(file))).toEqual([]);
  });
});
