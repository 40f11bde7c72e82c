import { type DatasetId, type Passport, type ProtocolId, scoresBehind } from '@gansweep/domain';
import { measureRecord, type RunRecord } from './protocols/record-protocols.ts';

/** An evaluation under one protocol, as far as one of a record needs to know it. */
interface Beside {
  readonly protocol: ProtocolId;
  readonly passport: Readonly<Record<string, unknown>>;
}

/** Version of the numerics behind protocols of records. */
const IMPLEMENTATION = 1;

/**
 * Scores what a run has recorded under each protocol. The passport of one that looks at earlier scores is that of these
 * scores, with its own settings: they have to be alike for it to be comparable.
 * @param beside the other protocols of the same evaluation.
 */
export function evaluateRecord<Other extends Beside>(
  protocols: readonly ProtocolId[],
  {
    record,
    beside,
    imagesSeen,
    dataset,
    dataHash,
    seconds,
    date,
  }: {
    readonly record: RunRecord;
    readonly beside: readonly Other[];
    readonly imagesSeen: number;
    readonly dataset: DatasetId;
    readonly dataHash: string;
    /** Monotonic clock in seconds. */
    readonly seconds: () => number;
    /** ISO 8601, for the record. */
    readonly date: string;
  },
): readonly {
  readonly imagesSeen: number;
  readonly protocol: ProtocolId;
  readonly passport: Readonly<Record<string, unknown>>;
  readonly scores: Readonly<Record<string, number>>;
  readonly seconds: number;
}[] {
  return protocols.map((protocol) => {
    const start = seconds();
    const { scores, estimator } = measureRecord(protocol, record);
    const base = beside.find((one) => one.protocol === scoresBehind(protocol)?.protocol)?.passport;
    const spent = seconds() - start;
    const own: Pick<Passport, 'metric' | 'uncertainty' | 'run'> = {
      metric: { id: protocol, implementation: IMPLEMENTATION },
      uncertainty: null,
      run: { backend: 'none', dtype: 'float64', seconds: spent, date },
    };
    const passport = base
      ? { ...base, ...own, estimator: { ...(base.estimator as Passport['estimator']), ...estimator } }
      : ({
          ...own,
          extractor: null,
          preprocessing: { space: 'recorded curves' },
          real: { dataset, dataHash, split: 'none', n: 0, seed: 0 },
          fake: { n: 0, imagesSeen, noiseSeed: 0 },
          estimator,
        } satisfies Passport);
    return { imagesSeen, protocol, passport, scores, seconds: spent };
  });
}
