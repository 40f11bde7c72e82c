import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { BadClasses, classesByFolder, classesByTable } from './classes-of.ts';
import { decodeFiles } from './decode-files.ts';
import { type FolderFile, folderHash, type Preparation } from './folder-version.ts';
import { type FolderListing, FolderTooLarge, walkFolder } from './walk-folder.ts';

/** A folder of pictures and how it is read. */
export interface FolderSource extends Preparation {
  readonly root: string;
  /** `folders`: the first sub-folder is the class; `none`; else the path of a table of path and class. */
  readonly classes: 'folders' | 'none' | { readonly table: string };
  /** Paths to leave out. */
  readonly excluded: readonly string[];
}

export interface BadFile {
  readonly path: string;
  readonly reason: string;
}

/** What a folder holds. */
export interface FolderContent {
  /** Real path. */
  readonly root: string;
  readonly files: readonly FolderFile[];
  readonly bad: readonly BadFile[];
  readonly others: FolderListing['others'];
  readonly classes: readonly string[] | null;
  readonly dataHash: string;
}

/** A folder that is no data set. The message is for a person: what is wrong and how to mend it. */
export class FolderRefused extends Error {
  override readonly name = 'FolderRefused';
  /** Files that could not be used, if these are why. */
  readonly bad: readonly BadFile[];

  constructor(message: string, bad: readonly BadFile[] = []) {
    super(message);
    this.bad = bad;
  }
}

/** Share of files that may be bad. */
const BAD_AT_MOST = 0.01;
const NAMED = 5;

/**
 * Reads a folder from end to end: every picture is decoded and prepared once, in the order of paths, and yielded,
 * `[side, side, channels]`; what the folder holds is told at the end.
 * @param tell hears of the progress.
 * @throws FolderRefused where it is no folder, holds no pictures, or more than one file in a hundred is bad.
 */
export async function* readFolder(
  source: FolderSource,
  {
    side,
    processes,
    tell = () => {},
  }: {
    readonly side: number;
    readonly processes: number;
    readonly tell?: (done: number, total: number) => void;
  },
): AsyncGenerator<Uint8Array, FolderContent> {
  const root = await realpath(source.root).catch((error: NodeJS.ErrnoException) => {
    throw new FolderRefused(`${source.root} cannot be read here (${error.code}): mend its path or its rights`);
  });
  const { pictures, others } = await walkFolder(root).catch((error: unknown) => {
    if (error instanceof FolderTooLarge) throw new FolderRefused(`${root} ${error.message}`);
    throw new FolderRefused(
      `${root} cannot be listed (${(error as NodeJS.ErrnoException).code}): mend its path or its rights`,
    );
  });
  const excluded = new Set(source.excluded);
  const candidates = pictures.filter((file) => !excluded.has(file));
  if (candidates.length === 0)
    throw new FolderRefused(
      `${root} holds no files .png, .jpg or .jpeg${excluded.size > 0 ? ' that are not excluded' : ''}`,
    );
  const classes = await classesOf(source, root, candidates);
  const files: FolderFile[] = [];
  const bad: BadFile[] = [];
  let at = 0;
  const { channels, background } = source;
  for await (const answer of decodeFiles(candidates, { root, side, channels, background, processes })) {
    const file = candidates[at] as string;
    at += 1;
    if (answer.kind === 'bad') {
      bad.push({ path: file, reason: answer.reason });
      // Known before the end: the rest need not be decoded.
      if (bad.length > BAD_AT_MOST * candidates.length && at < candidates.length && bad.length >= NAMED)
        throw tooManyBad(root, { bad, looked: at, total: candidates.length });
    } else {
      const { sha256, width, height, spread, pixels } = answer;
      files.push({ path: file, sha256, label: classes.labelOf(file), width, height, spread });
      yield pixels;
    }
    tell(at, candidates.length);
  }
  if (bad.length > BAD_AT_MOST * candidates.length)
    throw tooManyBad(root, { bad, looked: at, total: candidates.length });
  const dataHash = folderHash(files, { classes: classes.names, channels, background });
  return { root, files, bad, others, classes: classes.names, dataHash };
}

function tooManyBad(
  root: string,
  { bad, looked, total }: { readonly bad: readonly BadFile[]; readonly looked: number; readonly total: number },
): FolderRefused {
  const named = bad.slice(0, NAMED).map(({ path: file, reason }) => `${file} (${reason})`);
  const more = bad.length > NAMED ? ', …' : '';
  return new FolderRefused(
    `${bad.length} of ${looked === total ? total : `the first ${looked} of ${total}`} pictures in ${root} cannot be used, more than 1 %: ` +
      `${named.join('; ')}${more}; take them out of the folder, or exclude them`,
    bad,
  );
}

async function classesOf({ classes }: FolderSource, root: string, files: readonly string[]) {
  if (classes === 'none') return { names: null, labelOf: () => 0 };
  try {
    if (classes === 'folders') return classesByFolder(files);
    const table = await readFile(path.resolve(classes.table), 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw new BadClasses(`has a table of classes that cannot be read: ${classes.table} (${error.code})`);
    });
    return classesByTable(files, table);
  } catch (error) {
    if (error instanceof BadClasses) throw new FolderRefused(`${root} ${error.message}`);
    throw error;
  }
}
