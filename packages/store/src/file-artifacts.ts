import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ArtifactStore } from '@gansweep/orchestrator';

/** Keys are made by us, never by a user; this guards against a bug, not a person. */
const KEY = /^[A-Za-z0-9_-]+(\/[A-Za-z0-9_.-]+)+$/;

/**
 * Artefacts as files under a folder. A key exists once its file is whole: written beside, synced, renamed, and the
 * folder synced.
 * @throws RangeError for a key that would leave the folder.
 */
export function fileArtifacts(folder: string): ArtifactStore & { pathOf(key: string): string } {
  const pathOf = (key: string): string => {
    if (!KEY.test(key) || key.split('/').includes('..')) throw new RangeError(`'${key}' is no key of an artefact`);
    return path.join(folder, ...key.split('/'));
  };
  return {
    pathOf,
    write: async (key, bytes) => {
      const file = pathOf(key);
      const directory = path.dirname(file);
      await mkdir(directory, { recursive: true });
      const beside = `${file}.${randomBytes(4).toString('hex')}.tmp`;
      try {
        const handle = await open(beside, 'wx');
        try {
          await handle.writeFile(bytes);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(beside, file);
      } catch (error) {
        await rm(beside, { force: true });
        throw error;
      }
      await syncDirectory(directory);
      return { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
    },
    read: async (key) => {
      try {
        return new Uint8Array(await readFile(pathOf(key)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error;
      }
    },
    remove: (key) => rm(pathOf(key), { force: true }),
  };
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
