import { type CurveName, isRecordProtocol, type Passport, type ProtocolId, scoresBehind } from '@gansweep/domain';
import { imagesToReachBest, lagAutocorrelation, lateDeviation, type Series } from '../metrics/series-measures.ts';

/** Curves that protocols of a run's record read. */
export const MEASURED_CURVES = ['lossD', 'lossG'] as const satisfies readonly CurveName[];

/** What a run has recorded up to an evaluation. */
export interface RunRecord {
  readonly imagesPerIteration: number;
  readonly curves: Readonly<Partial<Record<CurveName, Series>>>;
  /** Scores of the evaluations so far by name, the present ones last. */
  readonly scores: Readonly<Record<string, Series>>;
  /** Evaluations of the whole run. */
  readonly evaluations: number;
}

/** What one protocol found in a record. */
export interface RecordFinding {
  /** Those that can be told yet. */
  readonly scores: Readonly<Record<string, number>>;
  readonly estimator: Passport['estimator'];
}

/** A score is near the best of its run within this share of it. */
const NEAR_BEST = 0.1;
const LATE_SHARE = 0.2;
/** Iterations of the trailing mean of a loss. */
const SMOOTHED = 100;
const LAG = 1;
/** Fewer values have no autocorrelation worth the name. */
const LAG_VALUES_MIN = 4;

/** Looks at a run's record by one protocol. @throws RangeError for a protocol that looks at something else. */
export function measureRecord(protocol: ProtocolId, record: RunRecord): RecordFinding {
  if (!isRecordProtocol(protocol)) throw new RangeError(`${protocol} does not look at a run's record`);
  if (protocol === 'stability/v1') return stability(record);
  const behind = scoresBehind(protocol)?.scores ?? [];
  const series = behind.flatMap((name) => record.scores[name] ?? []);
  const { evaluations } = record;
  if (protocol === 'colour-lag/v1') {
    const values = series.map(({ value }) => value);
    const isEnough = values.length === behind.length && values.every(({ length }) => length >= LAG_VALUES_MIN);
    return {
      scores: isEnough ? { 'colour-lag': lagAutocorrelation(values, LAG) } : {},
      estimator: { of: behind.join(', '), lag: LAG, evaluations },
    };
  }
  const [score = ''] = behind;
  const images = series[0] ? imagesToReachBest(series[0], { share: NEAR_BEST, goal: 'minimize' }) : null;
  return {
    scores: images === null ? {} : { [`speed-${score}`]: images },
    estimator: { of: score, withinShareOfBest: NEAR_BEST, unit: 'images', evaluations },
  };
}

function stability({ curves, imagesPerIteration }: RunRecord): RecordFinding {
  const deviationOf = (name: string, curve: Series | undefined): Readonly<Record<string, number>> => {
    const found = curve ? lateDeviation(curve, { lastShare: LATE_SHARE, window: window(curve) }) : null;
    return found === null ? {} : { [name]: found };
  };
  /** Recorded values of so many iterations. */
  const window = ({ images }: Series): number => {
    const each = ((images[images.length - 1] ?? 0) - (images[0] ?? 0)) / Math.max(1, images.length - 1);
    return each > 0 ? Math.max(1, Math.round((SMOOTHED * imagesPerIteration) / each)) : 1;
  };
  return {
    scores: { ...deviationOf('late-deviation-d', curves.lossD), ...deviationOf('late-deviation-g', curves.lossG) },
    estimator: { lastShare: LATE_SHARE, smoothedIterations: SMOOTHED, divisor: 'n − 1' },
  };
}
