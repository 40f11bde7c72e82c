/** How each kind of need is met on a worker. */
const MENDS: Readonly<Record<string, string>> = {
  trainer: 'name the same program, with the same files, in GANSWEEP_TRAINERS of a worker, and start it again',
  plugin: 'give a worker the same file in GANSWEEP_PLUGINS, and start it again',
  extractor: 'gansweep extractor add the same network under that name, for a worker',
};

/**
 * Why waiting runs wait: what they need and no live worker has, and how to mend it; null where nothing is wanting.
 * @param lacks as `SweepView.lacks`.
 */
export function waitingBecause(lacks: readonly string[]): string | null {
  if (lacks.length === 0) return null;
  return lacks
    .map(
      (need) => `no live worker has the ${need}: ${MENDS[need.split(' ', 1)[0] as string] ?? 'start one that has it'}`,
    )
    .join('; ');
}
