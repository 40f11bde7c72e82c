import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import { Refused } from '../failures.ts';
import { type Layer, type LayerWeight, layersToOnnx } from './layers-to-onnx.ts';

/** The name that scores by this network have, as in `kid-mobilenet`; nothing else is registered under it. */

/** How the package is had without what it would bring along. */
export const HOW_TO_MOBILENET =
  'npm pack nsfwjs@4.3.0 && tar xzf nsfwjs-4.3.0.tgz, then gansweep extractor add package';

/** Of nsfwjs 4.3.0 (MIT): MobileNetV2, trained on ImageNet and then on another task, its weights as bytes. */
const FILES = {
  model: {
    path: 'dist/models/mobilenet_v2/model.min.js',
    sha256: 'c32f104fd562b08cdff5ed69dfe1209643afa47e792fb12751d2949aa61a397a',
  },
  weights: {
    path: 'dist/models/mobilenet_v2/group1-shard1of1.min.js',
    sha256: 'ef2e0a63f7d2c4960b37b024b669313f65d3c45cd59e9042636c55b39de53517',
  },
} as const;
/** The last layer before what the package's own task is decided by. */
const FEATURES = 'flatten_1';

interface Model {
  readonly modelTopology: { readonly model_config: { readonly config: { readonly layers: readonly Layer[] } } };
  readonly weightsManifest: readonly { readonly weights: readonly StoredWeight[] }[];
}

/** A weight as the package keeps it: a byte b stands for b · scale + min. */
export interface StoredWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly quantization: { readonly min: number; readonly scale: number; readonly dtype: 'uint8' };
}

/** Whether a folder is the package, whatever its version. */
export function isNsfwjs(folder: string): boolean {
  return existsSync(path.join(folder, FILES.model.path));
}

/** The MobileNetV2 of the package in `folder` as an ONNX model: pictures `[n, 3, 224, 224]` in 0…1, 1,280 features. @throws Refused */
export function mobilenetOnnx(folder: string): Uint8Array {
  const model = exported(folder, FILES.model) as Model;
  const bytes = Buffer.from(exported(folder, FILES.weights) as string, 'base64');
  const stored = model.weightsManifest.flatMap(({ weights }) => weights);
  return layersToOnnx(model.modelTopology.model_config.config.layers, weightsOf(stored, bytes), {
    output: FEATURES,
    notes: { 'gansweep.source': 'nsfwjs 4.3.0, mobilenet_v2, MIT', 'gansweep.source.sha256': FILES.weights.sha256 },
  });
}

/** Weights that lie behind one another, a byte a number. */
export function weightsOf(stored: readonly StoredWeight[], bytes: Uint8Array): ReadonlyMap<string, LayerWeight> {
  let at = 0;
  return new Map(
    stored.map(({ name, shape, quantization: { min, scale } }) => {
      const start = at;
      at += shape.reduce((product, length) => product * length, 1);
      return [name, { shape, values: Float32Array.from(bytes.subarray(start, at), (byte) => byte * scale + min) }];
    }),
  );
}

/** What a module of the package exports. Its text is one that is known to be harmless, or it is not run. */
function exported(folder: string, file: { readonly path: string; readonly sha256: string }): unknown {
  const place = path.join(folder, file.path);
  const text = readFileSync(place);
  if (createHash('sha256').update(text).digest('hex') !== file.sha256)
    throw new Refused(`${place} is not that of nsfwjs 4.3.0, whose weights are known here: ${HOW_TO_MOBILENET}`);
  const module = { exports: {} };
  vm.runInNewContext(text.toString('utf8'), { module, exports: module.exports }, { timeout: 10_000 });
  return JSON.parse(JSON.stringify(module.exports));
}
