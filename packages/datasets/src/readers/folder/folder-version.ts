import { createHash } from 'node:crypto';
import { type Colour, PREPARATION_VERSION } from '../pictures/square-of.ts';

/** How the pictures of a folder become images, whatever their resolution. */
export interface Preparation {
  readonly channels: 1 | 3;
  /** What shows through where a picture is clear. */
  readonly background: Colour;
}

/** A picture of a version of a folder. */
export interface FolderFile {
  /** Relative to the root, `/` between names. */
  readonly path: string;
  /** Of the file's bytes. */
  readonly sha256: string;
  /** Index of its class, 0 where there are none. */
  readonly label: number;
  readonly width: number;
  readonly height: number;
  /** Standard deviation of its prepared values. */
  readonly spread: number;
}

/**
 * Hash of a version: its pictures by path, content and class, in the order of paths, and how they are prepared. Equal
 * where training sees equal images at any resolution.
 */
export function folderHash(
  files: readonly Pick<FolderFile, 'path' | 'sha256' | 'label'>[],
  { classes, channels, background }: Preparation & { readonly classes: readonly string[] | null },
): string {
  const hash = createHash('sha256');
  const how = { version: PREPARATION_VERSION, crop: 'centre', resize: 'bicubic-antialiased', channels, background };
  hash.update(`${JSON.stringify({ ...how, classes })}\n`);
  for (const { path, sha256, label } of files) hash.update(`${JSON.stringify([path, sha256, label])}\n`);
  return hash.digest('hex');
}
