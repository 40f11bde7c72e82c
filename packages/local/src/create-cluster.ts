import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { program } from './postgres-binaries.ts';
import { runProgram } from './run-program.ts';
import type { ServerPlace } from './server-place.ts';

export const SUPERUSER = 'gansweep';

/**
 * The password of the cluster, generated once and kept in a file that only its owner reads. Of two starts at once the
 * first to link its file wins and the other takes the winner's.
 */
export function clusterPassword(home: string): string {
  const file = path.join(home, 'postgres-password');
  if (!existsSync(file)) {
    const draft = `${file}.${process.pid}-${randomBytes(4).toString('hex')}`;
    writeFileSync(draft, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600 });
    try {
      linkSync(draft, file);
    } catch (error) {
      if (!existsSync(file)) throw error;
    } finally {
      rmSync(draft, { force: true });
    }
  }
  return readFileSync(file, 'utf8').trim();
}

/** Makes the cluster unless it is there. It is made aside and moved into place whole, so of two at once one wins. */
export async function ensureCluster(options: {
  place: ServerPlace;
  major: number;
  password: string;
  env: NodeJS.ProcessEnv;
}): Promise<void> {
  const { place, major, password, env } = options;
  const versionFile = path.join(place.data, 'PG_VERSION');
  if (existsSync(versionFile)) {
    const made = readFileSync(versionFile, 'utf8').trim();
    if (made === String(major)) return;
    throw new EmbeddedPostgresError(
      `The database in ${place.data} was made by PostgreSQL ${made} and this version brings ${major}: dump it with ${made} and load it here, or move the folder away.`,
    );
  }
  removeAbandoned(place.folder);
  const draft = path.join(place.folder, `new-${process.pid}-${randomBytes(4).toString('hex')}`);
  const passwordFile = `${draft}.password`;
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  try {
    const { uid, gid } = place.account;
    if (uid !== undefined && gid !== undefined) for (const each of [draft, passwordFile]) chownSync(each, uid, gid);
    await runProgram(
      program(place.native, 'initdb'),
      [
        '-D',
        draft,
        '-U',
        SUPERUSER,
        '-A',
        'scram-sha-256',
        `--pwfile=${passwordFile}`,
        '-E',
        'UTF8',
        '--locale=C',
        '--no-instructions',
      ],
      { ...place.account, env },
    );
    renameSync(draft, place.data);
  } catch (error) {
    if (!existsSync(versionFile)) throw error;
  } finally {
    for (const each of [draft, passwordFile]) rmSync(each, { recursive: true, force: true });
  }
}

/** Half-made clusters of starts that were killed. */
function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = Number(/^new-(\d+)-/.exec(name)?.[1]);
    if (pid > 0 && !isAlive(pid)) rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
