import type { CurveName } from '@gansweep/domain';
import type { CurveView, ReadModel } from '@gansweep/orchestrator';
import type pg from 'pg';

interface BucketRow {
  readonly name: CurveName;
  readonly images: number;
  readonly value: number | null;
  readonly min: number | null;
  readonly max: number | null;
}

export function curveQueries(pool: pg.Pool): Pick<ReadModel, 'curves'> {
  return {
    /** Buckets of equally many neighbouring points: each shows its last point, and its extremes beside it. */
    async curves(id, { names, maxPoints }) {
      const { rows } = await pool.query<BucketRow>(
        `WITH points AS (
           SELECT n.name, p.images_seen, p.value,
             row_number() OVER curve - 1 AS at, count(*) OVER (PARTITION BY p.name_id) AS of
           FROM run r JOIN canonical_metric p ON p.run_id = r.id JOIN metric_name n ON n.id = p.name_id
           WHERE r.uid = $1 AND n.name = ANY ($2)
           WINDOW curve AS (PARTITION BY p.name_id ORDER BY p.images_seen)
         ), buckets AS (
           SELECT *, CASE WHEN $3::int = 0 OR of <= $3 THEN at ELSE at * $3 / of END AS bucket FROM points
         )
         SELECT name, max(images_seen) AS images, (array_agg(value ORDER BY images_seen DESC))[1] AS value,
           min(value) AS min, max(value) AS max
         FROM buckets GROUP BY name, bucket ORDER BY name, bucket`,
        [id, names, maxPoints],
      );
      const series: Partial<Record<CurveName, CurveView>> = {};
      for (const name of new Set(rows.map((row) => row.name))) {
        const own = rows.filter((row) => row.name === name);
        series[name] = {
          images: own.map(({ images }) => images),
          value: own.map(({ value }) => value),
          min: own.map(({ min }) => min),
          max: own.map(({ max }) => max),
        };
      }
      return series;
    },
  };
}
