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

/**
 * The environment of a child that loads native libraries and trains: what those need of ours, and no secret.
 * @param gpu the one that it may see; null: those that this process sees.
 */
export function childEnvironment(gpu: string | null = null): Record<string, string> {
  const ours = Object.fromEntries(
    ALLOWED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
  return gpu === null ? ours : { ...ours, CUDA_VISIBLE_DEVICES: gpu };
}
