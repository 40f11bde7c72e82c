import { readdir } from 'node:fs/promises';
import path from 'node:path';

/** What lies in a folder, by names alone; nothing is opened. */
export interface FolderListing {
  /** Files that are called pictures, relative to the root with `/`, in the order of their code units. */
  readonly pictures: readonly string[];
  /** What is passed over, by reason. */
  readonly others: Readonly<Record<OtherReason, number>>;
}

export type OtherReason = 'other files' | 'hidden' | 'links' | 'no files' | 'odd names';

/** A folder that is not walked to its end. The message completes "FOLDER …". */
export class FolderTooLarge extends Error {
  override readonly name = 'FolderTooLarge';
}

export const FOLDER_LIMITS = { files: 1_000_000, inOneFolder: 100_000, depth: 16, nameBytes: 255 } as const;
const PICTURE = /\.(png|jpe?g)$/i;

/**
 * Lists a folder and those below it. Links are not followed, whatever they point at; devices, pipes and sockets are not
 * opened; names that begin with a dot are passed over, and so are those with a backslash or a control character.
 * @throws FolderTooLarge beyond the limits, and what the file system says of the root.
 */
export async function walkFolder(root: string, limits: typeof FOLDER_LIMITS = FOLDER_LIMITS): Promise<FolderListing> {
  const pictures: string[] = [];
  const others: Record<OtherReason, number> = {
    'other files': 0,
    hidden: 0,
    links: 0,
    'no files': 0,
    'odd names': 0,
  };
  let seen = 0;
  const folders: { readonly relative: string; readonly depth: number }[] = [{ relative: '', depth: 0 }];
  for (let folder = folders.pop(); folder; folder = folders.pop()) {
    const { relative, depth } = folder;
    const entries = await readdir(path.join(root, relative), { withFileTypes: true });
    if (entries.length > limits.inOneFolder)
      throw new FolderTooLarge(
        `has ${entries.length} entries in ${relative || 'its top'}, and at most ${limits.inOneFolder} are taken: spread them over sub-folders`,
      );
    for (const entry of entries) {
      seen += 1;
      if (seen > limits.files) throw new FolderTooLarge(`has more than ${limits.files} entries: take a part of it`);
      const below = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (entry.name.startsWith('.')) others.hidden += 1;
      else if (isOdd(entry.name)) others['odd names'] += 1;
      else if (entry.isSymbolicLink()) others.links += 1;
      else if (entry.isDirectory()) {
        if (depth + 1 > limits.depth) throw new FolderTooLarge(`is more than ${limits.depth} folders deep`);
        folders.push({ relative: below, depth: depth + 1 });
      } else if (!entry.isFile()) others['no files'] += 1;
      else if (PICTURE.test(entry.name)) pictures.push(below);
      else others['other files'] += 1;
    }
  }
  pictures.sort((a, b) => (a < b ? -1 : 1));
  return { pictures, others };
}

/** Names that other systems read as a path, or that break a list; U+FFFD stands where bytes were no UTF-8. */
function isOdd(name: string): boolean {
  return /[\\\p{Cc}\ufffd]/u.test(name) || Buffer.byteLength(name) > FOLDER_LIMITS.nameBytes;
}
