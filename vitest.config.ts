import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Packages whose tests are calls of functions: what one file leaves in the process is nothing to the next. */
const PURE = ['contract', 'domain', 'evaluation', 'orchestrator', 'search', 'spec', 'verdict'];
/** Files that alter tables of their process. */
const ALONE = [
  'packages/*/src/plugins/*.test.ts',
  'packages/*/src/plugin*.test.ts',
  'packages/spec/src/known-folders.test.ts',
];
/** The files that take longest, which nothing may wait for at the end. */
const LONGEST = ['apps/worker/test/lost-workers.integration.test.ts', 'apps/worker/test/worker.integration.test.ts'];

const shared = {
  exclude: ['**/node_modules/**', '**/dist/**'] as string[],
  pool: 'forks',
  testTimeout: 60_000,
  hookTimeout: 60_000,
} as const;

/** The longest files first, then those with a process of their own, larger ones first. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification): number => {
      const place = LONGEST.findIndex((name) => moduleId.endsWith(name));
      if (place !== -1) return place;
      return LONGEST.length + (project.name === 'together' ? 1 : 0);
    };
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    globalSetup: ['packages/testkit/src/global-setup.ts'],
    // A file on every core: many of them wait for processes of their own, and one core fewer would stand still.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    reporters: ['default', ['json', { outputFile: '.gansweep/test-report.json' }]],
    projects: [
      {
        test: {
          ...shared,
          name: 'apart',
          include: [
            `packages/!(${PURE.join('|')})/{src,test}/**/*.test.ts`,
            'apps/*/{src,test}/**/*.test.ts',
            ...ALONE,
          ],
        },
      },
      {
        test: {
          ...shared,
          name: 'together',
          include: PURE.map((name) => `packages/${name}/{src,test}/**/*.test.ts`),
          exclude: [...shared.exclude, ...ALONE],
          isolate: false,
        },
      },
    ],
  },
});
