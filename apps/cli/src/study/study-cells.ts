import type { StudyRun } from '@gansweep/verdict';

/** Runs of one configuration, by seed. */
export interface StudyCell {
  /** Words for what differs between the configurations of the record, as 'lrG 0.001, lrD 0.0002'. */
  readonly label: string;
  readonly config: StudyRun['config'];
  readonly runs: readonly StudyRun[];
}

/** The configurations of some runs, by the values of what differs: numbers by size. @param told fields that are told elsewhere, and stay out of labels. */
export function cellsOf(runs: readonly StudyRun[], told: readonly string[] = []): readonly StudyCell[] {
  const first = runs[0]?.config ?? {};
  const names = [...new Set(runs.flatMap(({ config }) => Object.keys(config)))];
  const differing = names.filter(
    (name) => !told.includes(name) && runs.some(({ config }) => config[name] !== first[name]),
  );
  const byConfig = new Map<string, StudyRun[]>();
  for (const run of runs) {
    const key = JSON.stringify(run.config);
    byConfig.set(key, [...(byConfig.get(key) ?? []), run]);
  }
  const cells = [...byConfig.values()].map((ofCell): StudyCell => {
    const { config } = ofCell[0] as StudyRun;
    const words = differing.flatMap((name) => (config[name] === undefined ? [] : [`${name} ${config[name]}`]));
    return {
      label: words.join(', ') || `${config.model}, ${config.dataset}`,
      config,
      runs: ofCell.toSorted((a, b) => a.seed - b.seed),
    };
  });
  return cells.toSorted((a, b) => {
    for (const name of differing) {
      const order = compareValues(a.config[name], b.config[name]);
      if (order !== 0) return order;
    }
    return 0;
  });
}

type Value = StudyCell['config'][string] | undefined;

function compareValues(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : Number(String(a) > String(b));
}
