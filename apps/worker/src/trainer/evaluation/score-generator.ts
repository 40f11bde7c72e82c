import type { OpenDataset } from '@gansweep/datasets';
import {
  type Configuration,
  EVALUATION_SEED,
  type FolderVersion,
  isConditional,
  type ProtocolId,
  type RealSource,
} from '@gansweep/domain';
import { evaluate } from '@gansweep/evaluation';
import type { Generator } from '@gansweep/gan';
import type { EvaluationRecord } from '@gansweep/orchestrator';
import type { Executor } from '@gansweep/program';
import type { OpenRegisteredBy } from './open-registered.ts';

/** One evaluation of a run, as plain data: its scores are the same bits wherever it is done. */
export interface EvaluationWork {
  readonly configuration: Configuration;
  readonly dataHash: string;
  /** The registered version, where the data set is a folder. */
  readonly folder: FolderVersion | null;
  readonly protocols: readonly ProtocolId[];
  /** sha256 of the weights of each registered extractor that the protocols ask for. */
  readonly extractors: Readonly<Record<string, string>>;
  /** Fakes, and held-out reals, of the image protocols. */
  readonly samples: number;
  readonly imagesSeen: number;
  /** ISO 8601, for the record. */
  readonly date: string;
}

/** Draws from a generator and scores what it drew. */
export async function scoreGenerator(
  { configuration, dataHash, protocols, extractors, samples, imagesSeen, date }: EvaluationWork,
  {
    generator,
    dataset: { train, heldOut },
    executor,
    openRegistered,
    seconds,
  }: {
    readonly generator: Pick<Generator, 'draw'> & Partial<Pick<Generator, 'paths' | 'between' | 'shifted' | 'turned'>>;
    readonly dataset: Pick<OpenDataset, 'train' | 'heldOut'>;
    readonly executor: Executor;
    readonly openRegistered: OpenRegisteredBy;
    readonly seconds: () => number;
  },
): Promise<readonly EvaluationRecord[]> {
  const results = await evaluate({
    protocols,
    dataset: configuration.dataset,
    dataHash,
    heldOut,
    train,
    draw: (count, seed) => generator.draw({ count, seed }),
    drawPaths: generator.paths,
    drawBetween: generator.between,
    drawShifted: generator.shifted,
    drawTurned: generator.turned,
    executor,
    openRegistered: (name) => openRegistered(name, extractors[name]),
    samples,
    checkpoint: checkpointFacts(configuration, { imagesSeen, train }),
    seconds,
    date,
  });
  return results.map(({ protocol, passport, scores, seconds: spent }) => ({
    imagesSeen,
    protocol,
    passport,
    scores,
    seconds: spent,
  }));
}

/** What a passport says of a run's networks at a moment. */
export function checkpointFacts(
  configuration: Configuration,
  { imagesSeen, train }: { readonly imagesSeen: number; readonly train: RealSource },
): Parameters<typeof evaluate>[0]['checkpoint'] {
  return {
    imagesSeen,
    noise: configuration.noise,
    noiseSeed: EVALUATION_SEED,
    averaged: 'ema' in configuration && configuration.ema > 0,
    truncation: 'truncation' in configuration ? configuration.truncation : null,
    classes: classesTold(configuration, train),
  };
}

/** Classes that a generator draws for in turn; null for one that is told none. */
function classesTold(configuration: Configuration, train: RealSource): readonly string[] | null {
  return isConditional(configuration) && train.kind === 'images' ? (train.classes ?? null) : null;
}
