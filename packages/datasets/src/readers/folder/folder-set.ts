import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { FolderId, FolderVersion, ImageReals } from '@gansweep/domain';
import { DatasetError } from '../../dataset-error.ts';
import { openImageFile, openLabels } from '../image-file.ts';
import { findKeptFile, writeKeptFile } from '../kept-file.ts';
import { type FolderContent, FolderRefused, type FolderSource, readFolder } from './read-folder.ts';

/** A version of a folder with all that is known of its files. */
export interface FolderReport extends FolderContent {
  readonly version: FolderVersion;
  /** Side of the images that it was made at. */
  readonly side: number;
}

/** Processes that decode side by side; more would wait for the one that writes. */
const PROCESSES_MAX = 4;

const setNameOf = (id: FolderId): string => id.replace(':', '-');
const reportFile = (folder: string, { id, dataHash }: Pick<FolderVersion, 'id' | 'dataHash'>): string =>
  path.join(folder, `${setNameOf(id)}.${dataHash.slice(0, 12)}.json`);

/**
 * Reads a folder and keeps its images at one resolution, with their labels and a report of every file, under `folder`.
 * @throws FolderRefused where it is no data set.
 */
export async function makeFolderSet(
  id: FolderId,
  source: FolderSource,
  {
    folder,
    side,
    tell,
  }: { readonly folder: string; readonly side: number; readonly tell?: (done: number, total: number) => void },
): Promise<FolderReport> {
  let content: FolderContent | null = null;
  const processes = Math.min(PROCESSES_MAX, availableParallelism());
  const images = async function* (): AsyncGenerator<Uint8Array> {
    content = yield* readFolder(source, { side, processes, ...(tell && { tell }) });
  };
  const set = setNameOf(id);
  await writeKeptFile(folder, images(), {
    set,
    split: 'all',
    preparation: preparationOf(side, source.channels),
    get sourceHash() {
      return contentOf(content).dataHash;
    },
  });
  const known = contentOf(content);
  const version: FolderVersion = {
    id,
    dataHash: known.dataHash,
    root: known.root,
    channels: source.channels,
    background: source.background,
    classes: known.classes,
    classesFrom: source.classes,
    excluded: source.excluded,
    count: known.files.length,
  };
  const labels = Uint8Array.from(known.files, ({ label }) => label);
  await writeKeptFile(folder, labels, { set, split: 'all', preparation: 'labels', sourceHash: known.dataHash });
  const report: FolderReport = { ...known, version, side };
  await writeReport(reportFile(folder, version), report);
  return report;
}

/**
 * The images of a registered version at a resolution: read from what is kept under `folder`, else made from the pictures,
 * which must be what they were when the folder was registered.
 * @throws DatasetError with the mend where the pictures are not here, or are others.
 */
export async function openFolderSet(
  version: FolderVersion,
  { folder, side, note }: { readonly folder: string; readonly side: number; readonly note: (line: string) => void },
): Promise<ImageReals> {
  const { id, dataHash, channels, classes } = version;
  const kept = { set: setNameOf(id), split: 'all', sourceHash: dataHash };
  const images = { ...kept, preparation: preparationOf(side, channels) };
  const isKept = async (preparation: string): Promise<boolean> =>
    (await findKeptFile(folder, { ...kept, preparation }, note)) !== null;
  if (!((await isKept(images.preparation)) && (await isKept('labels')))) await remake(version, { folder, side, note });
  const decode = async (): Promise<never> => {
    throw new DatasetError(id, 'its prepared images were taken away while they were opened; start again');
  };
  const opened = await openImageFile(folder, { ...images, height: side, width: side, channels, decode }, note);
  if (classes === null) return opened;
  return { ...opened, classes, labels: await openLabels(folder, { ...kept, decode }, note) };
}

/** What `makeFolderSet` wrote of a version on this machine, or null. */
export async function readFolderReport(
  folder: string,
  version: Pick<FolderVersion, 'id' | 'dataHash'>,
): Promise<FolderReport | null> {
  try {
    return JSON.parse(await readFile(reportFile(folder, version), 'utf8')) as FolderReport;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** The report of the version of a folder that was made last on this machine, or null. */
export async function newestFolderReport(folder: string, id: FolderId): Promise<FolderReport | null> {
  const reports = new RegExp(`^${setNameOf(id)}\\.[0-9a-f]{12}\\.json$`);
  const names = (await readdir(folder).catch(() => [])).filter((name) => reports.test(name));
  const dated = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(path.join(folder, name))).mtimeMs })),
  );
  const newest = dated.sort((a, b) => b.at - a.at)[0];
  return newest ? (JSON.parse(await readFile(path.join(folder, newest.name), 'utf8')) as FolderReport) : null;
}

async function remake(
  version: FolderVersion,
  { folder, side, note }: { readonly folder: string; readonly side: number; readonly note: (line: string) => void },
): Promise<void> {
  const { id, root, channels, background, classesFrom, excluded, dataHash } = version;
  const name = id.slice('folder:'.length);
  note(`${id}: its pictures are prepared at ${side} × ${side} pixels, once`);
  const made = await makeFolderSet(
    id,
    { root, channels, background, classes: classesFrom, excluded },
    {
      folder,
      side,
      tell: everyTenth((line) => note(`${id}: ${line}`)),
    },
  ).catch((error: unknown) => {
    if (!(error instanceof FolderRefused)) throw error;
    throw new DatasetError(
      id,
      `${error.message}. This machine needs the pictures at that path, or the files ${setNameOf(id)}.* of datasets/ of a machine that has them`,
      { cause: error },
    );
  });
  if (made.dataHash !== dataHash)
    throw new DatasetError(
      id,
      `the pictures in ${root} are others than when it was registered (${made.files.length} with hash ${made.dataHash.slice(0, 12)}…, not ${version.count} with ${dataHash.slice(0, 12)}…); put them back, or run \`gansweep dataset add ${name} ${root}\` and submit the sweep again`,
    );
}

/** A line for each tenth of the work: a sign of life, too. */
function everyTenth(say: (line: string) => void): (done: number, total: number) => void {
  let said = 0;
  return (done, total) => {
    const tenth = Math.floor((10 * done) / total);
    if (tenth > said) say(`${done} of ${total} pictures`);
    said = tenth;
  };
}

const preparationOf = (side: number, channels: number): string => `${side}x${side}x${channels}`;

function contentOf(content: FolderContent | null): FolderContent {
  if (content === null) throw new Error('the folder was not read to its end');
  return content;
}

async function writeReport(file: string, report: FolderReport): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}.tmp`;
  await writeFile(unfinished, JSON.stringify(report));
  await rename(unfinished, file);
}
