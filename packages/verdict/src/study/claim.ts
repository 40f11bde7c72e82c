import type { CurveName } from '@gansweep/domain';
import { all, type Judge, type PartAnswer, type StudyVerdict } from './answers.ts';
import type { StudyRecord } from './study-record.ts';

export const SOURCES = ['GAN Lab lab', 'DCGAN lab', 'Zappos study', 'internship report', 'StyleGAN blog'] as const;
/** Document that makes a claim. */
export type Source = (typeof SOURCES)[number];

/** Numbers that are taken of a run's networks or panels when it is recorded; the command has a row for each. */
export const TAKEN_MEASURES = [
  'code-variance',
  'codes-not-normal',
  'gradient-at-fakes',
  'grid-change',
  'sampling-memory-growth',
  'seconds',
] as const;
export type TakenMeasure = (typeof TAKEN_MEASURES)[number];

/** What of each run is recorded, so that the parts can be judged. */
export interface StudyReads {
  readonly scores: readonly string[];
  readonly curves?: readonly CurveName[];
  readonly measures?: readonly TakenMeasure[];
}

export interface ClaimPart {
  /** What is claimed, in a few words. */
  readonly name: string;
  readonly judge: Judge;
}

interface Stated {
  readonly id: string;
  readonly source: Source;
  /** In the words of its author, shortened. */
  readonly claim: string;
}

/** A claim that a sweep of small nets on processors can speak of; what it says is of that scale. */
export interface SmallClaim extends Stated {
  readonly scale: 'cpu-small';
  /** `quick`: within the profile that takes an hour; `full`: over nights. */
  readonly profile: 'quick' | 'full';
  readonly reads: StudyReads;
  /** False where curves and samples of the runs say nothing of the claim, and the study shows none. */
  readonly pictured?: false;
  readonly parts: readonly ClaimPart[];
  /** What the sweep leaves out or does otherwise. */
  readonly note?: string;
}

/** A claim whose sweep is ready and needs a GPU for an answer that counts. */
export interface LargeClaim extends Stated {
  readonly scale: 'gpu';
  /** What would decide it. */
  readonly criterion: string;
  readonly note?: string;
}

export interface UnreachableClaim extends Stated {
  readonly scale: 'out-of-reach';
  readonly reason: string;
}

/** A claim that documents or a test of the code answer. */
export interface DocumentedClaim extends Stated {
  readonly scale: 'no-run';
  readonly verdict: StudyVerdict;
  readonly reason: string;
}

export type Claim = SmallClaim | LargeClaim | UnreachableClaim | DocumentedClaim;

/** A claim's answer: of each part, and of all together. */
export interface ClaimAnswer {
  readonly verdict: StudyVerdict;
  readonly parts: readonly (PartAnswer & { readonly name: string })[];
}

/** Judges a record by the claim's parts: one part that is contradicted contradicts the claim, all have to hold to support it. */
export function judgeClaim(claim: SmallClaim, record: StudyRecord): ClaimAnswer {
  const parts = claim.parts.map(({ name, judge }) => ({ name, ...judge(record.runs) }));
  return { verdict: all(parts.map(({ verdict }) => verdict)), parts };
}
