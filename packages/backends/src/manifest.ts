import { INSTALLABLE, type InstallableName } from './installed-backend.ts';

/** Written last into a backend's folder; says what it is. */
export const manifestFile = 'backend.json';

/** Paths are relative to the folder, with slashes. */
export interface Manifest {
  readonly format: 1;
  readonly name: InstallableName;
  readonly version: string;
  readonly packageVersion: string;
  readonly from: 'wheel' | 'upstream';
  /** `linux-x64`: what the libraries are for. */
  readonly platform: string;
  readonly packageFolder: string;
  readonly binding: string;
  readonly bytes: number;
  readonly installedAt: string;
  /** The native files; a backend whose files have other sizes is damaged. */
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** Null when the text is not a manifest that this version understands. */
export function parseManifest(text: string): Manifest | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return isManifest(value) ? value : null;
}

function isManifest(value: unknown): value is Manifest {
  if (typeof value !== 'object' || value === null) return false;
  const found = value as Partial<Record<keyof Manifest, unknown>>;
  const texts = [found.version, found.packageVersion, found.platform, found.installedAt];
  return (
    found.format === 1 &&
    INSTALLABLE.some((name) => name === found.name) &&
    (found.from === 'wheel' || found.from === 'upstream') &&
    texts.every((text) => typeof text === 'string') &&
    [found.packageFolder, found.binding].every(isInside) &&
    typeof found.bytes === 'number' &&
    Array.isArray(found.files) &&
    found.files.every((file) => typeof file?.size === 'number' && isInside(file.path))
  );
}

/** A relative path that stays below its folder. */
function isInside(text: unknown): text is string {
  return typeof text === 'string' && text !== '' && !/^[/\\]|^[a-z]:|(^|[/\\])\.\.([/\\]|$)/i.test(text);
}
