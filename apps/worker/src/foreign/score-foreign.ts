import { DatasetError, openDataset } from '@gansweep/datasets';
import { type DatasetId, EVALUATION_SEED, type RealSource } from '@gansweep/domain';
import { evaluate } from '@gansweep/evaluation';
import type { EvaluationRecord } from '@gansweep/orchestrator';
import { BadOnnx, type Executor } from '@gansweep/program';
import type { OpenRegisteredBy } from '../trainer/evaluation/open-registered.ts';
import type { ForeignWork } from './foreign-messages.ts';
import { openForeign } from './open-foreign.ts';

/**
 * Scores a foreign generator as an evaluation of a run is scored: the same noise, the same held-out reals, so equal
 * passports compare. @throws BadOnnx or DatasetError with what does not fit.
 */
export async function scoreForeign(
  { generator, dataset, resolution, folder, protocols, samples, date }: ForeignWork,
  {
    executor,
    datasets,
    openRegistered,
    seconds,
  }: {
    readonly executor: Executor;
    readonly datasets: string;
    readonly openRegistered: OpenRegisteredBy;
    readonly seconds: () => number;
  },
): Promise<readonly EvaluationRecord[]> {
  const { train, heldOut, dataHash } = await openDataset(
    { dataset, ...(resolution === null ? {} : { resolution }) },
    { folder: datasets, version: folder },
  );
  checkFit(generator, dataset, heldOut);
  await using opened = await openForeign(generator);
  const { latent, weights, name, truncation, classes } = generator;
  const told = train.kind === 'images' && train.classes?.length === classes?.count ? (train.classes ?? null) : null;
  const results = await evaluate({
    protocols,
    dataset,
    dataHash,
    heldOut,
    train,
    draw: (count, seed) => opened.draw({ count, seed }),
    executor,
    openRegistered: (extractor) => openRegistered(extractor, undefined),
    samples,
    checkpoint: {
      imagesSeen: 0,
      noise: 'gaussian',
      noiseSeed: EVALUATION_SEED,
      averaged: false,
      truncation: truncation?.value ?? null,
      classes: told,
    },
    seconds,
    date,
  });
  return results.map(({ protocol, passport, scores, seconds: spent }) => ({
    imagesSeen: 0,
    protocol,
    passport: {
      ...passport,
      fake: { ...passport.fake, generator: name, weights, noise: latent.law, imagesSeen: null },
    },
    scores,
    seconds: spent,
  }));
}

function checkFit({ output }: ForeignWork['generator'], dataset: DatasetId, reals: RealSource): void {
  if (reals.kind === 'plane') {
    if (output.kind !== 'points') throw new BadOnnx(`makes images, and ${dataset} has points`);
    return;
  }
  if (output.kind !== 'images') throw new BadOnnx(`makes points, and ${dataset} has images`);
  const [mine, theirs] = [output, reals].map(({ height, width, channels }) => `${height}×${width}×${channels}`);
  if (mine !== theirs) throw new DatasetError(dataset, `its images are ${theirs}, and those of the generator ${mine}`);
}
