import { FINDING_NAMES } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { judge } from '../src/labelled-runs/judge-runs.ts';
import { LABELLED_KINDS } from '../src/labelled-runs/kinds.ts';
import { JUDGED_SEEDS, LABELLED_SEEDS, readLabelledRuns } from '../src/labelled-runs/read-runs.ts';

const runs = readLabelledRuns();
/** The share that every detector reaches on seeds that its thresholds have never seen. */
const SHARE_MIN = 0.8;

describe('the detectors on runs that are ill in a known way, or healthy', () => {
  it('have every kind with every seed', () => {
    for (const kind of Object.keys(LABELLED_KINDS))
      expect(
        runs
          .filter((run) => run.kind === kind)
          .map(({ seed }) => seed)
          .sort((a, b) => a - b),
      ).toEqual([...LABELLED_SEEDS]);
  });

  const held = judge(runs.filter(({ seed }) => (JUDGED_SEEDS as readonly number[]).includes(seed)));
  it.each(FINDING_NAMES)('%s is told rightly and not missed', (name) => {
    const { precision, recall, mistakes } = held[name];
    const said = `${name}: precision ${precision}, recall ${recall}; wrong about ${mistakes.join(', ')}`;
    expect(precision, said).toBeGreaterThanOrEqual(SHARE_MIN);
    expect(recall, said).toBeGreaterThanOrEqual(SHARE_MIN);
  });
});
