import type { OpenDataset } from '@gansweep/datasets';
import { type CurveName, type Finding, isPlaneLaw, lawModes, type Samples } from '@gansweep/domain';
import { LOOKS, openDetectors, type SampleMeasures, sampleMeasures } from '@gansweep/evaluation';
import type { TrainingPlan } from '@gansweep/gan';
import { endingFindings } from '@gansweep/orchestrator/evaluation-plan';
import type { LaneNews, TrainingJob } from './messages.ts';
import { atBorders } from './recorded-points.ts';

/** The detectors of one attempt, which see what the run records as it is recorded. */
export interface AttemptDetectors {
  /** Images seen at which samples are to be drawn for them. */
  readonly looksAt: readonly number[];
  /**
   * What earlier attempts recorded up to the checkpoint is seen again; their findings are told already, but where it is
   * the record of a shorter run.
   */
  resume(resumedAtImages: number, record: { readonly isInherited: boolean }): void;
  points(imagesSeen: number, values: Readonly<Partial<Record<CurveName, number>>>): void;
  /** Measures samples, and tells the measures as points. @returns the curves that got one. */
  samples(imagesSeen: number, samples: Samples): readonly CurveName[];
  diverged(imagesSeen: number, firstBadTensor: string): void;
  /** True when something was found that every sweep of the run wants to end it. */
  endRun(): boolean;
}

/** Findings depend on the recorded points alone, so calls, packs and resumption change none. */
export function attemptDetectors(
  { configuration, plans, history }: Pick<TrainingJob, 'configuration' | 'plans' | 'history'>,
  {
    dataset,
    plan,
    tell,
  }: { readonly dataset: OpenDataset; readonly plan: TrainingPlan; readonly tell: (news: LaneNews) => void },
): AttemptDetectors {
  const { totalImages, imagesPerIteration } = plan;
  const law = isPlaneLaw(configuration.dataset) ? configuration.dataset : null;
  const modesOfLaw = (law && lawModes(law)?.centres.length) ?? null;
  const detectors = openDetectors({ totalImages, imagesPerIteration, modesOfLaw });
  const ending = endingFindings(plans);
  const measure = measureOf(dataset, law);
  let isToEnd = false;
  const found = (findings: readonly Finding[]): void => {
    for (const finding of findings) {
      tell({ kind: 'finding', finding });
      if (ending.has(finding.name)) isToEnd = true;
    }
  };
  return {
    looksAt: Array.from({ length: LOOKS }, (_, i) => Math.ceil(((i + 1) * totalImages) / LOOKS)),
    resume: (resumedAtImages, { isInherited }) => {
      // Programs record where they like.
      const every = configuration.trainer === undefined ? plan.recordEvery * imagesPerIteration : 1;
      for (const { imagesSeen, name, value } of atBorders(history, every)) {
        if (imagesSeen > resumedAtImages) continue;
        const findings = detectors.take(imagesSeen, { [name]: value });
        if (isInherited) found(findings);
        else if (findings.some((finding) => ending.has(finding.name))) isToEnd = true;
      }
    },
    points: (imagesSeen, values) => found(detectors.take(imagesSeen, values)),
    samples: (imagesSeen, samples) => {
      const measures = measure(samples);
      if (!measures) return [];
      const values: Partial<Record<CurveName, number>> = { ...measures };
      tell({ kind: 'points', imagesSeen, values });
      found(detectors.take(imagesSeen, values));
      return Object.keys(values) as CurveName[];
    },
    diverged: (imagesSeen, firstBadTensor) => found([{ name: 'non-finite', imagesSeen, evidence: { firstBadTensor } }]),
    endRun: () => isToEnd,
  };
}

function measureOf(
  { train, heldOut }: OpenDataset,
  law: Parameters<typeof lawModes>[0] | null,
): (samples: Samples) => SampleMeasures | null {
  if (train.kind === 'plane') {
    if (law === null) throw new TypeError('points of a plane have a law');
    return sampleMeasures({ train, law });
  }
  if (heldOut.kind === 'plane') throw new TypeError('held-out reals are of the kind of the training set');
  return sampleMeasures({ train, heldOut });
}
