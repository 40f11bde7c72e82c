import path from 'node:path';

/**
 * Where backends are installed when `GANSWEEP_BACKEND_HOME` does not say: a folder of the user's own, so that clones and
 * homes share the half gigabyte, and outside `node_modules`, which npm empties.
 * @param system of the user: `process.platform`, `process.env`, `os.homedir()`. @returns an absolute path, perhaps not made yet.
 */
export function standardBackendHome({
  platform,
  env,
  home,
}: {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}): string {
  return path.resolve(dataFolder(platform, env, home), 'gansweep', 'backends');
}

function dataFolder(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): string {
  if (platform === 'win32') return env.LOCALAPPDATA || path.join(home, 'AppData', 'Local');
  if (platform === 'darwin') return path.join(home, 'Library', 'Application Support');
  return env.XDG_DATA_HOME || path.join(home, '.local', 'share');
}
