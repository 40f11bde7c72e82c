import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ImageSamples } from '@gansweep/domain';
import { type FeatureMatrix, featureMatrix } from '@gansweep/evaluation';
import { type DecodedPng, decode } from 'fast-png';
import { Refused } from '../failures.ts';
import { BadNpy, readNpy } from './npy.ts';

/** One side of a comparison, as it lies on disk. */
export type Side = { readonly path: string; readonly sha256: string } & (
  | { readonly kind: 'features'; readonly features: FeatureMatrix }
  | { readonly kind: 'images'; readonly images: ImageSamples }
);

/**
 * Reads a folder of PNG pictures of one size, or a `.npy` file: `[n, d]` floats are features, `[n, height, width, channels]`
 * (or without channels) uint8 are images. @throws Refused naming the file and the mend.
 */
export function readSide(place: string): Side {
  if (statSync(place).isDirectory()) return readPictures(place);
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

function readPictures(folder: string): Side {
  const names = readdirSync(folder)
    .filter((name) => /\.png$/i.test(name))
    .sort();
  if (names.length === 0) throw new Refused(`${folder} holds no .png pictures`);
  const hash = createHash('sha256');
  const [first, ...others] = names.map((name) => {
    const file = path.join(folder, name);
    const bytes = readFileSync(file);
    hash.update(`${name}\n`).update(createHash('sha256').update(bytes).digest());
    return { file, picture: decoded(file, bytes) };
  }) as [Read, ...Read[]];
  const { width, height } = first.picture;
  const channels = [first, ...others].every(({ picture }) => picture.channels < 3) ? 1 : 3;
  const each = width * height * channels;
  const data = new Uint8Array(names.length * each);
  [first, ...others].forEach(({ file, picture }, i) => {
    if (picture.width !== width || picture.height !== height)
      throw new Refused(
        `${file} has ${picture.width}×${picture.height} pixels, ${first.file} ${width}×${height}: all pictures of a folder need one size`,
      );
    fill(data.subarray(i * each, (i + 1) * each), picture, channels);
  });
  const images = { kind: 'images', count: names.length, height, width, channels, data } as const;
  return { path: folder, sha256: hash.digest('hex'), kind: 'images', images };
}

interface Read {
  readonly file: string;
  readonly picture: DecodedPng;
}

function decoded(file: string, bytes: Uint8Array): DecodedPng {
  let picture: DecodedPng;
  try {
    picture = decode(bytes);
  } catch (error) {
    throw new Refused(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (picture.depth !== 8 || picture.palette !== undefined)
    throw new Refused(`${file} is not 8 bits a channel without a palette: convert it`);
  return picture;
}

/** Copies a picture, grey repeated where colour is wanted, transparency over white. */
function fill(out: Uint8Array, { channels: from, data }: DecodedPng, channels: 1 | 3): void {
  const colours = from < 3 ? 1 : 3;
  for (let pixel = 0; pixel < out.length / channels; pixel++)
    for (let c = 0; c < channels; c++) {
      const value = data[pixel * from + (colours === 1 ? 0 : c)] as number;
      const alpha = from === 2 || from === 4 ? (data[pixel * from + from - 1] as number) / 255 : 1;
      out[pixel * channels + c] = Math.round(255 + alpha * (value - 255));
    }
}
