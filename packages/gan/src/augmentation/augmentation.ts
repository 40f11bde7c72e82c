import {
  type Configuration,
  learnsPoints,
  type Mlp2dConfiguration,
  type PluginPointsConfiguration,
  STREAMS,
} from '@gansweep/domain';
import { fastRandomStream, reshape, type Sym, slice, type Tracer } from '@gansweep/program/browser';
import { normalizes } from '../image-scale.ts';
import type { SampleShape } from '../networks/network.ts';
import { realBatchesOf } from '../plan-training.ts';
import type { PassOfD, View } from '../tricks.ts';
import { augmented } from './augment.ts';
import { columnsOf, UNIFORMS_PER_IMAGE, writeRow } from './augmentations.ts';

type ImageConfiguration = Exclude<Configuration, Mlp2dConfiguration | PluginPointsConfiguration>;

/** Everything that D looks at is augmented, always with the same probability or with one that adapts. */
export function isAugmented(configuration: Configuration): configuration is ImageConfiguration {
  return !learnsPoints(configuration) && (configuration.adaTarget > 0 || (configuration.adaP ?? 0) > 0);
}

/** The probability of augmentations follows how D does on reals. */
export function adapts(configuration: Configuration): boolean {
  return !learnsPoints(configuration) && configuration.adaTarget > 0;
}

/** Declares the state `ada` `[3]` where p adapts: p, the sum of D's mean signs on reals since its last move, and their number. */
export function declareAugmentation(tracer: Tracer, configuration: Configuration, state: Map<string, Sym>): void {
  if (adapts(configuration)) state.set('ada', tracer.state('ada', [3]));
}

/**
 * What D sees of images: augmented with draws that every pass has for itself, inputs `augmentD` `[batches, 2, batch, n]` of
 * reals and fakes and `augmentG` `[gSteps, batch, n]`, and the probability of the moment. Images as they are without augmentation.
 */
export function augmentationOf(
  tracer: Tracer,
  configuration: Configuration,
  shape: SampleShape,
  { state, scalar }: { readonly state: ReadonlyMap<string, Sym>; readonly scalar: (name: 'adaP') => Sym },
): View {
  if (!isAugmented(configuration) || shape.kind === 'plane') return (_, __, images) => images;
  const { batch, gSteps, adaPipe } = configuration;
  const { length } = columnsOf(adaPipe);
  const forD = tracer.input('augmentD', [realBatchesOf(configuration), 2, batch, length]);
  let forG: Sym | null = null;
  const rowsFor = (which: PassOfD, i: number): Sym => {
    if (which !== 'forG') return slice(slice(forD, 0, i, 1), 1, which === 'real' ? 0 : 1, 1);
    // A program that only looks at reals has none.
    forG ??= tracer.input('augmentG', [gSteps, batch, length]);
    return slice(forG, 0, i, 1);
  };
  const [middle, half] = normalizes(configuration) ? [0, 1] : [0.5, 0.5];
  return (which, i, images) => {
    const now = state.get('ada');
    return augmented(images, {
      rows: reshape(rowsFor(which, i), [batch, length]),
      probability: now ? reshape(slice(now, 0, 0, 1), []) : scalar('adaP'),
      pipe: adaPipe,
      middle,
      half,
    });
  };
}

/** The rows of consecutive updates, drawn for `each` images an update. */
export function augmentationRows(
  configuration: Configuration,
  seed: number,
): ((of: { readonly side: 'D' | 'G'; readonly first: number; readonly updates: number }) => Float32Array) | null {
  if (!isAugmented(configuration)) return null;
  const { batch, adaPipe, resolution } = configuration;
  const { length } = columnsOf(adaPipe);
  const random = { D: fastRandomStream(seed, STREAMS.augmentD), G: fastRandomStream(seed, STREAMS.augmentG) };
  return ({ side, first, updates }) => {
    const each = (side === 'D' ? 2 : 1) * batch;
    const uniforms = new Float64Array(updates * each * UNIFORMS_PER_IMAGE);
    random[side].uniforms(first, uniforms, each * UNIFORMS_PER_IMAGE);
    const rows = new Float32Array(updates * each * length);
    for (let image = 0; image < updates * each; image++)
      writeRow(
        uniforms.subarray(image * UNIFORMS_PER_IMAGE, (image + 1) * UNIFORMS_PER_IMAGE),
        rows.subarray(image * length, (image + 1) * length),
        { pipe: adaPipe, side: resolution },
      );
    return rows;
  };
}
