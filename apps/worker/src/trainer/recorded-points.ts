import type { MetricPoint } from '@gansweep/orchestrator';

/**
 * Points as a run has them that records every so many images. Its own stand there already; a shorter run, which it
 * continues, may have recorded more often: of these the mean stands at the border that they lead up to.
 */
export function atBorders(points: readonly MetricPoint[], every: number): readonly MetricPoint[] {
  const gathered = new Map<string, { at: MetricPoint; total: number; count: number }>();
  for (const point of points) {
    const imagesSeen = Math.ceil(point.imagesSeen / every) * every;
    const key = `${imagesSeen} ${point.name}`;
    const there = gathered.get(key) ?? { at: { ...point, imagesSeen }, total: 0, count: 0 };
    gathered.set(key, { ...there, total: there.total + point.value, count: there.count + 1 });
  }
  return [...gathered.values()].map(({ at, total, count }) => ({ ...at, value: total / count }));
}
