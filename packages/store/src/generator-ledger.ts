import type { ForeignGenerator } from '@gansweep/domain';
import type { GeneratorLedger, RegisteredGenerator } from '@gansweep/orchestrator';
import { retryOnOutage } from './outage.ts';
import type { Pools } from './pools.ts';
import { passportKeyOf } from './read/trials.ts';

interface Row {
  readonly facts: ForeignGenerator;
  readonly registered_at: Date;
  readonly evaluations: RegisteredGenerator['evaluations'] | null;
}

/** Generators that were trained elsewhere. */
export function createGeneratorLedger({ pools }: { pools: Pools }): GeneratorLedger {
  const { main } = pools;
  return {
    async register(generator) {
      const { rows } = await retryOnOutage(() =>
        main.query<{ done: 'new' | 'same' | 'replaced' }>('SELECT foreign_generator_register($1, $2) AS done', [
          generator.name,
          JSON.stringify(generator),
        ]),
      );
      return rows[0]?.done ?? 'same';
    },
    async score(name, { weights, at }, evaluations) {
      const { rowCount } = await retryOnOutage(() =>
        main.query(
          `INSERT INTO foreign_score (generator_id, protocol, passport_key, passport, scores)
           SELECT DISTINCT ON (g.id, ${passportKeyOf('e')}) g.id, e.protocol, ${passportKeyOf('e')}, e.passport, e.scores
           FROM foreign_generator g, jsonb_to_recordset($3::jsonb) AS e(protocol text, passport jsonb, scores jsonb)
           WHERE g.name = $1 AND g.facts ->> 'weights' = $2
             AND ($4::timestamptz IS NULL OR date_trunc('milliseconds', g.created_at) = $4)
           ON CONFLICT (generator_id, passport_key) DO UPDATE
             SET passport = EXCLUDED.passport, scores = EXCLUDED.scores, created_at = CURRENT_TIMESTAMP`,
          [name, weights, JSON.stringify(evaluations), at],
        ),
      );
      return rowCount === 0 ? 'not-found' : 'ok';
    },
    async remove(name) {
      const { rowCount } = await main.query('DELETE FROM foreign_generator WHERE name = $1', [name]);
      return rowCount === 0 ? 'not-found' : 'ok';
    },
    async list(): Promise<readonly RegisteredGenerator[]> {
      const { rows } = await main.query<Row>(
        `SELECT g.facts, g.created_at AS registered_at,
           (SELECT jsonb_agg(jsonb_build_object('protocol', s.protocol, 'passport', s.passport, 'scores', s.scores,
              'passportKey', s.passport_key) ORDER BY s.protocol, s.passport_key)
            FROM foreign_score s WHERE s.generator_id = g.id) AS evaluations
         FROM foreign_generator g ORDER BY g.name`,
      );
      return rows.map(({ facts, registered_at, evaluations }) => ({
        ...facts,
        registeredAt: registered_at.toISOString(),
        evaluations: evaluations ?? [],
      }));
    },
  };
}
