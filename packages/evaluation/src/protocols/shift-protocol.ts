import { EVALUATION_SEED, SHIFT_PROTOCOL, type ShiftedImages, type UnroundedImages } from '@gansweep/domain';
import { type RealValuedImages, translationEquivariance } from '../metrics/equivariance.ts';
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

/** An eighth of the side, as published. */
const REACH = 0.125;
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
  const { height, width, channels } = byPixels.images;
  return {
    scores: { 'eq-t': byPixels.score, 'eq-t-fraction': byFractions.score },
    extractor: null,
    preprocessing: {
      size: `${height}×${width}×${channels}`,
      resize: 'none',
      range: '[-1, 1]',
      channels: 'as they are',
      quantised: 'no',
    },
    real: { split: 'none', seed: 0, n: 0 },
    fakes: count,
    estimator: { reach: REACH, fractions: 'Lanczos 3', unit: 'dB', most: MOST, seed: EVALUATION_SEED },
    uncertainty: null,
  };
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
