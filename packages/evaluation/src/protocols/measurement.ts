import type { ExtractorFacts, Passport, PassportValue, ScoreName } from '@gansweep/domain';

/** What one protocol found, with the parts of the passport that only it knows. */
export interface Measurement {
  readonly scores: Readonly<Partial<Record<ScoreName, number>>>;
  readonly extractor: ExtractorFacts | null;
  readonly preprocessing: Passport['preprocessing'];
  readonly real: Readonly<Record<string, PassportValue>> & {
    readonly split: string;
    readonly n: number;
    readonly seed: number;
  };
  readonly fakes: number;
  readonly estimator: Passport['estimator'];
  readonly uncertainty: Passport['uncertainty'];
}
