import type { ImageSamples, UnroundedImages } from '@gansweep/domain';
import type { LoadedProgram } from '@gansweep/program';
import { type FeatureMatrix, featureMatrix } from '../metrics/feature-matrix.ts';

/**
 * One output of a program whose input `images` is `[batch, height, width, channels]`, of the images' type, for any number of images.
 * @returns `[images.count, columns]`.
 */
export async function inBatches(
  loaded: LoadedProgram,
  {
    images,
    batch,
    output,
    columns,
  }: {
    readonly images: ImageSamples | UnroundedImages;
    readonly batch: number;
    readonly output: string;
    readonly columns: number;
  },
): Promise<FeatureMatrix> {
  const each = images.height * images.width * images.channels;
  const out = new Float32Array(images.count * columns);
  const { data } = images;
  const part = data instanceof Uint8Array ? new Uint8Array(batch * each) : new Float32Array(batch * each);
  for (let first = 0; first < images.count; first += batch) {
    const count = Math.min(batch, images.count - first);
    // The last batch is filled up with what the one before left; those rows are dropped.
    part.set(data.subarray(first * each, (first + count) * each));
    const result = (await loaded.run({ images: part }, 1))[output];
    if (result === undefined) throw new Error(`the extractor gave no ${output}`);
    out.set(result.subarray(0, count * columns), first * columns);
  }
  return featureMatrix(out, columns);
}
