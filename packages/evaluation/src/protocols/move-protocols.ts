import {
  EVALUATION_SEED,
  SHIFT_PROTOCOL,
  type ShiftedImages,
  TURN_PROTOCOL,
  type TurnedImages,
  type UnroundedImages,
} from '@gansweep/domain';
import { type RealValuedImages, rotationEquivariance, translationEquivariance } from '../metrics/equivariance.ts';
import { turnReach } from '../metrics/turned-pictures.ts';
import type { Measurement } from './measurement.ts';

/** Images and those of moved inputs; the same (count, seed) gives the same. */
export type DrawShifted = (wanted: {
  readonly count: number;
  readonly seed: number;
  /** Most that the input moves along either axis, in sides of the image. */
  readonly reach: number;
  /** Whether by whole pixels alone. */
  readonly whole: boolean;
}) => Promise<ShiftedImages>;

/** Images and those of turned inputs; the same (count, seed) gives the same. */
export type DrawTurned = (wanted: {
  readonly count: number;
  readonly seed: number;
  /** Images in turn that are turned alike. */
  readonly alike: number;
}) => Promise<TurnedImages>;

/** An eighth of the side, as published. */
const REACH = 0.125;
/** The filter of a turn costs as much as the images that it is for. */
const TURNED_ALIKE = 20;
/** Beyond this, float32 decides: images that differ by their last bits. */
const MOST = 140;

/**
 * How well the image follows when the input of G is moved, in dB, by whole pixels and by fractions.
 * @throws RangeError where the generator's input cannot be moved.
 */
export async function measureShifts({
  count,
  drawShifted,
}: {
  readonly count: number;
  readonly drawShifted: DrawShifted | undefined;
}): Promise<Measurement> {
  if (!drawShifted)
    throw new RangeError(`${SHIFT_PROTOCOL} moves the input of a generator, and this one gives samples alone`);
  const of = async (whole: boolean): Promise<{ readonly score: number; readonly images: UnroundedImages }> => {
    const { plain, moved, shifts } = await drawShifted({ count, seed: EVALUATION_SEED, reach: REACH, whole });
    const decibel = translationEquivariance({ plain: realValued(plain), moved: realValued(moved), shifts });
    return { score: Math.min(decibel, MOST), images: plain };
  };
  const [byPixels, byFractions] = [await of(true), await of(false)];
  return {
    ...looksOf(byPixels.images),
    scores: { 'eq-t': byPixels.score, 'eq-t-fraction': byFractions.score },
    fakes: count,
    estimator: { reach: REACH, fractions: 'Lanczos 3', unit: 'dB', most: MOST, seed: EVALUATION_SEED },
  };
}

/**
 * How well the image follows when the input of G is turned about the image's centre, by any angle, in dB.
 * @throws RangeError where the generator's input cannot be turned.
 */
export async function measureTurns({
  count,
  drawTurned,
}: {
  readonly count: number;
  readonly drawTurned: DrawTurned | undefined;
}): Promise<Measurement> {
  if (!drawTurned)
    throw new RangeError(`${TURN_PROTOCOL} turns the input of a generator, and this one gives samples alone`);
  const { plain, turned, angles } = await drawTurned({ count, seed: EVALUATION_SEED, alike: TURNED_ALIKE });
  const decibel = rotationEquivariance({ plain: realValued(plain), turned: realValued(turned), angles });
  return {
    ...looksOf(plain),
    scores: { 'eq-r': Math.min(decibel, MOST) },
    fakes: count,
    estimator: {
      angles: 'uniform',
      alike: TURNED_ALIKE,
      filter: 'both squares of frequencies, window sinc(r / reach)',
      filterReach: turnReach(plain),
      unit: 'dB',
      most: MOST,
      seed: EVALUATION_SEED,
    },
  };
}

/** Images of the generator alone, as it makes them. */
function looksOf({ height, width, channels }: UnroundedImages) {
  return {
    extractor: null,
    preprocessing: {
      size: `${height}×${width}×${channels}`,
      resize: 'none',
      range: '[-1, 1]',
      channels: 'as they are',
      quantised: 'no',
    },
    real: { split: 'none', seed: 0, n: 0 },
    uncertainty: null,
  } as const;
}

/** `[n, height, width, channels]` in 0…255 → `[n, channels, height, width]` in [−1, 1]. */
function realValued({ count, channels, height, width, data }: UnroundedImages): RealValuedImages {
  const out = new Float64Array(data.length);
  const pixels = height * width;
  for (let image = 0; image < count; image++)
    for (let channel = 0; channel < channels; channel++)
      for (let pixel = 0; pixel < pixels; pixel++)
        out[(image * channels + channel) * pixels + pixel] =
          (data[(image * pixels + pixel) * channels + channel] as number) / 127.5 - 1;
  return { count, channels, height, width, data: out };
}
