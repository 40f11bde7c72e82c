/** Nothing that could carry a credential. */
const ALLOWED = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'TMP',
  'TEMP',
  'SYSTEMROOT',
  'CUDA_VISIBLE_DEVICES',
  'LD_LIBRARY_PATH',
];

/** The environment of a child that loads native libraries and trains: what those need of ours, and no secret. */
export function childEnvironment(): Record<string, string> {
  return Object.fromEntries(
    ALLOWED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
