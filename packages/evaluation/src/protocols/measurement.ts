import type { ExtractorFacts, Passport, PassportValue } from '@gansweep/domain';

/** What one protocol found, with the parts of the passport that only it knows. */
export interface Measurement {
  /** By the names of `PROTOCOL_SCORES`. */
  readonly scores: Readonly<Record<string, number>>;
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
