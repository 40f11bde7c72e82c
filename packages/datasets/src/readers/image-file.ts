import { closeSync, openSync, readSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { ImageReals } from '@gansweep/domain';
import { openImageReader } from './image-reader.ts';
import { type KeptFileSource, keepFile } from './kept-file.ts';

/** One split of an image set in one preparation; `decode` gives `[count, height, width, channels]` uint8. */
export interface ImageFileSource extends KeptFileSource {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/**
 * Images decoded once into a file, `[count, height, width, channels]` uint8 and nothing else, and read from there by
 * position: the memory is the system's page cache, shared by all processes. The file is kept as `keepFile` says.
 */
export async function openImageFile(
  folder: string,
  source: ImageFileSource,
  note: (line: string) => void = () => {},
): Promise<ImageReals> {
  const { height, width, channels } = source;
  const imageBytes = height * width * channels;
  const file = await keepFile(folder, source, note);
  const count = (await stat(file)).size / imageBytes;
  const refuseOutside = (positions: Uint32Array): void => {
    for (const position of positions) if (position >= count) throw new RangeError(`image ${position} of ${count}`);
  };
  return {
    kind: 'images',
    count,
    height,
    width,
    channels,
    copy: (positions, out) => {
      if (out.length !== positions.length * imageBytes)
        throw new RangeError(
          `${positions.length} images need ${positions.length * imageBytes} bytes, not ${out.length}`,
        );
      refuseOutside(positions);
      const descriptor = openSync(file, 'r');
      try {
        positions.forEach((position, i) => {
          const read = readSync(descriptor, out, i * imageBytes, imageBytes, position * imageBytes);
          if (read < imageBytes) throw new Error(`${file} was cut off while it was read; start again to mend it`);
        });
      } finally {
        closeSync(descriptor);
      }
    },
    openReader: (images) => openImageReader({ file, imageBytes, count, images }),
  };
}

/** The class of every image of a set, one byte an image, from a file that is kept as the images are. */
export async function openLabels(
  folder: string,
  source: Omit<KeptFileSource, 'preparation'>,
  note: (line: string) => void = () => {},
): Promise<Uint8Array> {
  return new Uint8Array(await readFile(await keepFile(folder, { ...source, preparation: 'labels' }, note)));
}
