import type { DatasetId } from './datasets.ts';
import type { ProtocolId } from './names.ts';

/** A value that JSON keeps. */
export type PassportValue = string | number | boolean | null;

/** Frozen network that turns samples into features. */
export interface ExtractorFacts {
  readonly id: string;
  readonly version: number;
  /** sha256 of the weights file. */
  readonly weights: string;
  readonly layer: string;
  readonly dimension: number;
}

/**
 * What was done to make a score. Two scores may be compared when metric, extractor, preprocessing, real side, number of
 * fakes and estimator settings agree; the rest is recorded only (`passportKey`). A type alias, not an interface, so that
 * the layers that only store it may take it as a JSON record.
 */
export type Passport = {
  readonly metric: { readonly id: ProtocolId; readonly implementation: number };
  readonly extractor: ExtractorFacts | null;
  readonly preprocessing: Readonly<Record<string, PassportValue>>;
  readonly real: {
    readonly dataset: DatasetId;
    readonly dataHash: string;
    readonly split: string;
    readonly n: number;
    readonly seed: number;
  } & Readonly<Record<string, PassportValue>>;
  readonly fake: {
    readonly n: number;
    readonly imagesSeen: number;
    readonly noiseSeed: number;
  } & Readonly<Record<string, PassportValue>>;
  /** Settings that change the number. `biased: true` marks a Fréchet distance with n < 2d. */
  readonly estimator: Readonly<Record<string, PassportValue>>;
  /** Standard deviation over subsets, by score; null where the protocol gives none. */
  readonly uncertainty: Readonly<Record<string, number>> | null;
  readonly run: { readonly backend: string; readonly dtype: string; readonly seconds: number; readonly date: string };
};

/**
 * The comparable part of a passport as one canonical line: equal for scores that may be averaged, ranked or drawn
 * together. Seeds are recorded, not compared. Takes a passport as it comes back from storage, keys in any order.
 */
export function passportKey(passport: Readonly<Record<string, unknown>>): string {
  const { metric, extractor, preprocessing, real, fake, estimator }: Partial<Record<keyof Passport, unknown>> =
    passport;
  return canonicalText({
    metric,
    extractor,
    preprocessing,
    real: withoutSeed(real),
    fakes: isRecord(fake) ? fake.n : null,
    estimator: withoutSeed(estimator),
  });
}

/** True when two scores may be compared. */
export function samePassport(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  return passportKey(a) === passportKey(b);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withoutSeed(value: unknown): unknown {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'seed')) : value;
}

/** JSON with sorted keys; what JSON leaves out counts as null. */
function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (!isRecord(value)) return JSON.stringify(value ?? null);
  const fields = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalText(value[key])}`);
  return `{${fields.join(',')}}`;
}
