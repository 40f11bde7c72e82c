/** Backends that a user installs by a command; the others come with gansweep. */
export const INSTALLABLE = ['tensorflow', 'tensorflow-gpu'] as const;
export type InstallableName = (typeof INSTALLABLE)[number];

/** A backend on this machine's disk, complete when its manifest is there: the manifest is moved into place with the rest. */
export interface InstalledBackend {
  readonly name: InstallableName;
  /** Everything of it lies here, absolute. */
  readonly folder: string;
  /** The npm package, such as `…/node_modules/@tensorflow/tfjs-node`; `deps/lib` below it holds TensorFlow. */
  readonly packageFolder: string;
  /** The native binding, `…/tfjs_binding.node`, which finds TensorFlow by itself. */
  readonly binding: string;
  /** Of TensorFlow. */
  readonly version: string;
  /** Of the npm package. */
  readonly packageVersion: string;
  readonly from: 'wheel' | 'upstream';
  /** On disk. */
  readonly bytes: number;
  /** ISO 8601. */
  readonly installedAt: string;
}

/** What is on the disk of an installable backend. */
export type BackendState =
  | { readonly kind: 'installed'; readonly backend: InstalledBackend }
  | { readonly kind: 'absent' }
  /** An installation stopped in the middle; the next one goes on from what it fetched. */
  | { readonly kind: 'begun'; readonly bytes: number }
  /** There, and not to be trusted; `why` is for a person. */
  | { readonly kind: 'damaged'; readonly folder: string; readonly why: string };

/** A backend that was asked for is not on this machine; the message says why and how to mend it. */
export class BackendNotInstalled extends Error {
  override readonly name = 'BackendNotInstalled';
}
