import type { ProtocolId, SweepId } from '@gansweep/domain';
import type { GeneratorLedger } from './ports.ts';
import type { ReadModel } from './read-model.ts';

/** A foreign generator beside the trials of a sweep, with the scores that may be compared with theirs. */
export interface GeneratorBeside {
  readonly name: string;
  readonly weights: string;
  readonly scores: Readonly<Record<string, { readonly value: number | null; readonly protocol: ProtocolId }>>;
}

/**
 * The foreign generators that have a score under a passport that runs of the sweep have too; others are not comparable and
 * left out, so are generators without any. Null where there is no such sweep.
 */
export async function generatorsBeside(
  id: SweepId,
  { read, generators }: { readonly read: ReadModel; readonly generators: GeneratorLedger },
): Promise<readonly GeneratorBeside[] | null> {
  if ((await read.getSweep(id)) === null) return null;
  const known = (await generators.list()).filter(({ evaluations }) => evaluations.length > 0);
  if (known.length === 0) return [];
  const own = await read.scores(id, { trialIds: null, name: null, at: 'last', goal: 'minimize' });
  const comparable = new Set(own.map(({ name, passport }) => `${name} ${passport}`));
  return known
    .map(({ name, weights, evaluations }) => ({
      name,
      weights,
      scores: Object.fromEntries(
        evaluations.flatMap(({ protocol, passportKey, scores }) =>
          Object.entries(scores).flatMap(([score, value]) =>
            comparable.has(`${score} ${passportKey}`) ? [[score, { value: value ?? null, protocol }] as const] : [],
          ),
        ),
      ),
    }))
    .filter(({ scores }) => Object.keys(scores).length > 0);
}
