import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import type { Account } from './run-program.ts';

/** Where the cluster of a GANSWEEP_HOME lives and as whom it runs. */
export interface ServerPlace {
  readonly account: Account;
  /** Folder of the cluster, its log and, where needed, links and a copy of the programs. */
  readonly folder: string;
  readonly data: string;
  readonly native: string;
}

/** Clusters of homes that the server's account cannot enter. */
const SHARED_ROOT = '/var/lib/gansweep';

/**
 * PostgreSQL refuses to run as root: then it runs as `postgres`, or as `nobody` where there is no such user, and its
 * programs and cluster must be in folders which that account can enter. An existing cluster decides both.
 */
export function placeServer(options: {
  home: string;
  binaries: PostgresBinaries;
  log: (line: string) => void;
}): ServerPlace {
  const { binaries, log } = options;
  mkdirSync(options.home, { recursive: true, mode: 0o755 });
  const home = realpathSync(options.home);
  const own = path.join(home, 'postgres');
  if (process.getuid?.() !== 0) {
    mkdirSync(own, { recursive: true, mode: 0o700 });
    accessSync(own, constants.W_OK | constants.X_OK);
    return { account: {}, folder: own, data: path.join(own, 'data'), native: binaries.native };
  }
  const hash = createHash('sha256').update(home).digest('hex').slice(0, 16);
  const shared = path.join(SHARED_ROOT, hash);
  const existing = [own, shared].find((folder) => existsSync(path.join(folder, 'data', 'PG_VERSION')));
  const user = serverUser();
  const account = existing ? ownerOf(path.join(existing, 'data')) : { uid: user.uid, gid: user.gid };
  const closed = [binaries.native, existsSync(own) ? own : home].find((folder) => !canEnter(folder, account));
  const folder = existing ?? (closed ? shared : own);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  // The mode above is narrowed by the umask, and the account must pass through.
  if (folder === shared) for (const each of [SHARED_ROOT, shared]) chmodSync(each, 0o755);
  if (!canEnter(folder, account))
    throw new EmbeddedPostgresError(
      `The database's user (${account.uid}) cannot enter ${folder}: allow it (chmod o+x on the folders above) or move GANSWEEP_HOME.`,
    );
  let native = binaries.native;
  if (!canEnter(binaries.native, account)) native = copyPrograms(binaries, folder);
  if (folder === shared)
    log(
      `PostgreSQL runs as user ${user.name}, which cannot enter ${closed ?? home}: the database is kept in ${shared}.`,
    );
  return { account, folder, data: path.join(folder, 'data'), native };
}

function serverUser(): { name: string; uid: number; gid: number } {
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }));
    if (uid?.status === 0 && gid?.status === 0) return { name, uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  throw new EmbeddedPostgresError(
    'PostgreSQL does not run as root and this machine has neither a user postgres nor nobody: create one (useradd --system postgres) or set DATABASE_URL.',
  );
}

function ownerOf(folder: string): { uid: number; gid: number } {
  const { uid, gid } = statSync(folder);
  if (uid === 0)
    throw new EmbeddedPostgresError(
      `${folder} belongs to root, as whom PostgreSQL does not run: chown it to postgres.`,
    );
  return { uid, gid };
}

/** Whether the account may pass through `folder` and every folder above, by the mode bits. */
function canEnter(folder: string, account: Account): boolean {
  for (let at = realpathSync(folder); ; at = path.dirname(at)) {
    const { mode, uid, gid } = statSync(at);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (at === path.dirname(at)) return true;
  }
}

/** Copies the programs (60 MB) beside the cluster, once per version; complete or not there at all. */
function copyPrograms(binaries: PostgresBinaries, folder: string): string {
  const target = path.join(folder, `native-${binaries.version}`);
  if (existsSync(target)) return target;
  const half = `${target}.${process.pid}`;
  // Twice as fast as copying a thousand small files from here, and root means that there is a cp.
  const copied = spawnSync('cp', ['-R', '-P', '-p', binaries.native, half], { encoding: 'utf8' });
  if (copied.status !== 0) rmSync(half, { recursive: true, force: true });
  if (copied.error) throw copied.error;
  if (copied.status !== 0) throw new Error(copied.stderr.trim());
  try {
    renameSync(half, target);
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
  return target;
}
