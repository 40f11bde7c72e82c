import { readFileSync } from 'node:fs';
import path from 'node:path';
import bindings from '../bindings/bindings.json' with { type: 'json' };
import type { InstallableName } from './installed-backend.ts';
import { type MemberPin, type WheelPin, wheelsOf } from './wheel/wheel-pins.ts';

/** What an installation is made of. Paths inside the backend's folder have slashes. */
export interface Recipe {
  readonly name: InstallableName;
  /** Of TensorFlow. */
  readonly version: string;
  readonly package: { readonly name: string; readonly version: string };
  /** Relative: `node_modules/@tensorflow/tfjs-node`. */
  readonly packageFolder: string;
  /** A folder with package.json and package-lock.json, to be installed by npm. */
  readonly lockFolder: string;
  readonly wheels: readonly WheelPin[];
  /** Our built binding, where it goes and what it must hash to. */
  readonly binding: { readonly from: string; readonly to: string; readonly sha256: string; readonly size: number };
  /** Symbolic links: place → target beside it. */
  readonly links: readonly (readonly [string, string])[];
}

/** Of the npm packages on disk: measured, for the words before anything is fetched. */
export const PACKAGES_ON_DISK = 291e6;
export const PACKAGES_TO_FETCH = 78e6;

const here = path.resolve(import.meta.dirname, '..');
const PACKAGES = { tensorflow: '@tensorflow/tfjs-node', 'tensorflow-gpu': '@tensorflow/tfjs-node-gpu' } as const;

/** The npm package of a backend, its pinned version, and where it lies in the backend's folder. */
export function packageOf(name: InstallableName) {
  const lockFolder = path.join(here, 'npm', name);
  const manifest: unknown = JSON.parse(readFileSync(path.join(lockFolder, 'package.json'), 'utf8'));
  const { dependencies } = manifest as { readonly dependencies: Readonly<Record<string, string>> };
  const packageName = PACKAGES[name];
  return {
    package: { name: packageName, version: dependencies[packageName] ?? '' },
    packageFolder: `node_modules/${packageName}`,
    lockFolder,
  };
}

/** How a backend is made from wheels on a platform such as `linux-x64`; null where no wheel or no binding is known. */
export function recipeOf(name: InstallableName, platform: string): Recipe | null {
  const wheels = wheelsOf(name, platform);
  const built: Readonly<Record<string, { readonly sha256: string; readonly size: number }>> = bindings;
  const pin = built[platform];
  const [tensorflow] = wheels ?? [];
  if (!wheels || !tensorflow || !pin) return null;
  const { packageFolder, ...known } = packageOf(name);
  const lib = `${packageFolder}/deps/lib`;
  return {
    name,
    version: tensorflow.version,
    packageFolder,
    ...known,
    wheels,
    binding: {
      from: path.join(here, 'bindings', platform, 'tfjs_binding.node'),
      to: `${packageFolder}/lib/napi-v8/tfjs_binding.node`,
      sha256: pin.sha256,
      size: pin.size,
    },
    links: [
      [`${lib}/libtensorflow.so`, 'libtensorflow_cc.so.2'],
      [`${lib}/libtensorflow_framework.so`, 'libtensorflow_framework.so.2'],
    ],
  };
}

/**
 * Where a wheel's file goes: TensorFlow's into `deps/lib`, and NVIDIA's into `deps/nvidia`, which the run path inside
 * TensorFlow's library (`$ORIGIN/../nvidia/<name>/lib`) finds.
 */
export function placeOfMember({ path: inside }: MemberPin, { packageFolder }: Pick<Recipe, 'packageFolder'>): string {
  if (inside.startsWith('nvidia/')) return `${packageFolder}/deps/${inside}`;
  return `${packageFolder}/deps/lib/${path.posix.basename(inside)}`;
}
