import type { CurveName, FindingName } from '@gansweep/domain';

/** Curves without which a detector sees nothing: one of the sets is enough. */
const NEEDS: Readonly<Record<Exclude<FindingName, 'non-finite'>, readonly (readonly CurveName[])[]>> = {
  'loss-phase-1': [['lossD', 'lossG']],
  'loss-phase-2': [['lossD', 'lossG']],
  'loss-phase-3': [['lossD', 'lossG']],
  'd-dominance': [
    ['dReal', 'dFake'],
    ['accReal', 'accFake'],
  ],
  'g-explosion': [['lossG']],
  collapse: [['sampleDiversity']],
  oscillation: [['lossG']],
  'frozen-loss': [['gradNormD'], ['gradNormG']],
  memorisation: [['sampleNovelty']],
};

/** The detectors that nothing can be expected of in a run which recorded these curves alone, each with the curves that it lacks. */
export function blindDetectors(
  recorded: ReadonlySet<CurveName>,
): readonly { readonly name: FindingName; readonly needs: string }[] {
  return Object.entries(NEEDS)
    .filter(([, sets]) => !sets.some((set) => set.every((curve) => recorded.has(curve))))
    .map(([name, sets]) => ({
      name: name as FindingName,
      needs: sets.map((set) => set.join(' and ')).join(', or '),
    }));
}
