import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { ImageSamples } from '@gansweep/domain';
import { decodePicture } from '../pictures/decode-picture.ts';
import { BadPicture, type DecodedPicture } from '../pictures/picture.ts';
import { decodeFiles } from './decode-files.ts';
import { FolderRefused } from './read-folder.ts';
import { readInside } from './read-inside.ts';
import { walkFolder } from './walk-folder.ts';

const WHITE = [255, 255, 255] as const;

/**
 * Every PNG and JPEG picture of a folder and those below it, by path: as they are, where they have one size, or each
 * one's middle square at `side` pixels, as a data set prepares it. Transparency shows white; pictures that are all grey
 * have one channel. @returns their sha256 over paths and contents too.
 * @throws FolderRefused naming the first file that is no picture, or of another size.
 */
export async function readFolderImages(
  folder: string,
  { side }: { readonly side: number | null },
): Promise<{ readonly images: ImageSamples; readonly sha256: string }> {
  const root = realpathSync(folder);
  const { pictures } = await walkFolder(root);
  if (pictures.length === 0) throw new FolderRefused(`${root} holds no .png or .jpg pictures`);
  const hash = createHash('sha256');
  const note = (file: string, sha256: string): void => {
    hash.update(`${file}\n${sha256}\n`);
  };
  const coloured =
    side === null ? await asTheyAre(root, pictures, note) : await squares({ root, pictures, side, note });
  return { images: withoutIdleChannels(coloured), sha256: hash.digest('hex') };
}

type Note = (file: string, sha256: string) => void;

async function asTheyAre(root: string, pictures: readonly string[], note: Note): Promise<ImageSamples> {
  let images: (ImageSamples & { readonly first: string }) | null = null;
  for (const [i, file] of pictures.entries()) {
    const { bytes, width, height, rgba } = await decoded(root, file);
    note(file, createHash('sha256').update(bytes).digest('hex'));
    images ??= {
      kind: 'images',
      count: pictures.length,
      height,
      width,
      channels: 3,
      data: new Uint8Array(pictures.length * height * width * 3),
      first: file,
    };
    if (width !== images.width || height !== images.height)
      throw new FolderRefused(
        `${root}/${file} has ${width}×${height} pixels, ${images.first} ${images.width}×${images.height}: --resolution SIDE cuts and resizes every picture as a data set does`,
      );
    const start = i * height * width;
    for (let pixel = 0; pixel < height * width; pixel++) {
      const opacity = (rgba[4 * pixel + 3] as number) / 255;
      for (let c = 0; c < 3; c++)
        images.data[3 * (start + pixel) + c] = Math.round(255 + opacity * ((rgba[4 * pixel + c] as number) - 255));
    }
  }
  if (images === null) throw new Error('a folder without pictures was not refused');
  const { first: _, ...samples } = images;
  return samples;
}

async function decoded(root: string, file: string): Promise<DecodedPicture & { readonly bytes: Uint8Array }> {
  try {
    const bytes = readInside(root, file);
    return { ...(await decodePicture(bytes)), bytes };
  } catch (error) {
    throw error instanceof BadPicture ? new FolderRefused(`${root}/${file}: ${error.message}`) : error;
  }
}

async function squares({
  root,
  pictures,
  side,
  note,
}: {
  readonly root: string;
  readonly pictures: readonly string[];
  readonly side: number;
  readonly note: Note;
}): Promise<ImageSamples> {
  const each = side * side * 3;
  const data = new Uint8Array(pictures.length * each);
  const settings = { root, side, channels: 3, background: WHITE, processes: availableParallelism() } as const;
  let at = 0;
  for await (const answer of decodeFiles(pictures, settings)) {
    const file = pictures[at] as string;
    if (answer.kind === 'bad') throw new FolderRefused(`${root}/${file}: ${answer.reason}`);
    note(file, answer.sha256);
    data.set(answer.pixels, at * each);
    at += 1;
  }
  return { kind: 'images', count: pictures.length, height: side, width: side, channels: 3, data };
}

/** Red alone where all pixels are grey. */
function withoutIdleChannels(images: ImageSamples): ImageSamples {
  const { data } = images;
  for (let i = 0; i < data.length; i += 3) if (data[i] !== data[i + 1] || data[i] !== data[i + 2]) return images;
  return {
    ...images,
    channels: 1,
    data: Uint8Array.from({ length: data.length / 3 }, (_, i) => data[3 * i] as number),
  };
}
