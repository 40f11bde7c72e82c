import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { FolderRefused, readFolderImages } from '@gansweep/datasets';
import type { ImageSamples } from '@gansweep/domain';
import { type FeatureMatrix, featureMatrix } from '@gansweep/evaluation';
import { Refused } from '../failures.ts';
import { BadNpy, readNpy } from './npy.ts';

/** One side of a comparison, as it lies on disk. */
export type Side = { readonly path: string; readonly sha256: string } & (
  | { readonly kind: 'features'; readonly features: FeatureMatrix }
  | { readonly kind: 'images'; readonly images: ImageSamples }
);

/**
 * Reads a folder of pictures, cut and resized to `side` where that is given, or a `.npy` file: `[n, d]` floats are features, `[n, height, width, channels]`
 * (or without channels) uint8 are images. @throws Refused naming the file and the mend.
 */
export async function readSide(place: string, { side }: { readonly side: number | null }): Promise<Side> {
  if (statSync(place).isDirectory()) return readPictures(place, side);
  const bytes = readFileSync(place);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  try {
    const { shape, data } = readNpy(bytes);
    const [count = 0, height = 0, width = 0, channels = 1] = shape;
    if (shape.length === 2 && !(data instanceof Uint8Array))
      return { path: place, sha256, kind: 'features', features: featureMatrix(data, height) };
    if ((shape.length === 3 || shape.length === 4) && data instanceof Uint8Array)
      return { path: place, sha256, kind: 'images', images: { kind: 'images', count, height, width, channels, data } };
    throw new BadNpy(
      `has the shape (${shape.join(', ')}) of ${data instanceof Uint8Array ? 'uint8' : 'floats'}: wanted are floats [n, d] or uint8 [n, height, width, channels]`,
    );
  } catch (error) {
    if (error instanceof BadNpy || error instanceof RangeError) throw new Refused(`${place} ${error.message}`);
    throw error;
  }
}

async function readPictures(place: string, side: number | null): Promise<Side> {
  try {
    return { path: place, kind: 'images', ...(await readFolderImages(place, { side })) };
  } catch (error) {
    throw error instanceof FolderRefused ? new Refused(error.message) : error;
  }
}
