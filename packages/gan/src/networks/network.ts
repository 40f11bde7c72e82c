import type { RealSource } from '@gansweep/domain';
import type { Sym } from '@gansweep/program/browser';
import type { ParameterSpec } from '../parameters.ts';

/** Called with every tensor worth naming when a training goes wrong, in the order of their making. */
export type Probe = (name: string, tensor: Sym) => void;

/** `train`: batch norm by the batch at hand; `sample`: by the running statistics. */
export type NormMode = 'train' | 'sample';

/** What a G of styles takes beside its latents; whatever is left out is not used. */
export interface StyleDraws {
  /** Second latents `[batch, nz]`, and for each image the number of the first layer that takes them, `[batch]`. */
  readonly mixing?: { readonly second: Sym; readonly from: Sym };
  /** Standard normals, `[batch, layerNoise]`. */
  readonly layerNoise?: Sym;
  /** A walk from each image's style towards that of a second z: `second` `[batch, nz]`, `place` 0…1 of the way `[batch]`. */
  readonly walk?: { readonly second: Sym; readonly place: Sym };
  /** How far the plane that G draws on is moved to the right and down, in images, `[batch, 2]`; of a G that has one. */
  readonly shift?: Sym;
  /** How far the picture is turned about its centre after that, clockwise, as cosine and sine `[batch, 2]`; of the same G. */
  readonly turn?: Sym;
  /** ψ, a symbolic scalar, or one of each image as `[batch, 1, 1]`: how far styles stay from their mean. */
  readonly truncation?: Sym;
}

/** A pass through a network. */
export interface Pass {
  readonly input: Sym;
  readonly draws?: StyleDraws;
  /** Classes as rows of one 1 each, or vectors, `[batch, width]`, for networks that are told them. */
  readonly condition?: Sym;
  readonly parameters: ReadonlyMap<string, Sym>;
  readonly statistics: ReadonlyMap<string, Sym>;
  readonly mode: NormMode;
  readonly probe: Probe;
}

/** What a pass gives: the network's output and, in training, the running statistics that this batch leads to. */
export interface PassResult {
  readonly output: Sym;
  readonly statistics: ReadonlyMap<string, Sym>;
  /** Of a G of styles: the style of every layer, `[batch, layers, width]`. */
  readonly styles?: Sym;
}

/** A network: its parameters, its running statistics, and a pure function over symbolic tensors. */
export interface Network {
  readonly parameters: readonly ParameterSpec[];
  readonly statistics: readonly ParameterSpec[];
  /** Of a G of styles: how many layers take one, and how many normals an image takes (0 for none). */
  readonly draws?: { readonly layers: number; readonly layerNoise: number };
  readonly apply: (pass: Pass) => PassResult;
}

/** The networks of a model. */
export interface Networks {
  /** `[batch, nz]` → `[batch, 2]`, or images `[batch, channels, height, width]` in [−1, 1]. */
  readonly generator: Network;
  /** Points or images → logits `[batch, 1]`. */
  readonly discriminator: Network;
  /** Images → latent codes `[batch, nz]`; only auto-encoders have one. */
  readonly encoder?: Network;
}

/** Shape of one real sample. */
export type SampleShape =
  | { readonly kind: 'plane' }
  | {
      readonly kind: 'images';
      readonly height: number;
      readonly width: number;
      readonly channels: number;
      /** How many classes the images have; absent where they have none. */
      readonly classCount?: number;
      /** How many numbers are known of each image, and of how many images; absent where none are. */
      readonly vectorTable?: { readonly count: number; readonly length: number };
    };

export function shapeOf(reals: RealSource): SampleShape {
  return reals.kind === 'plane'
    ? { kind: 'plane' }
    : {
        kind: 'images',
        height: reals.height,
        width: reals.width,
        channels: reals.channels,
        ...(reals.classes ? { classCount: reals.classes.length } : {}),
        ...(reals.vectors ? { vectorTable: { count: reals.count, length: reals.vectors.length / reals.count } } : {}),
      };
}

/** @throws Error when a network is to be told something and is not. */
export function conditionOf({ condition }: Pass): Sym {
  if (!condition) throw new Error('the network is told nothing of its samples');
  return condition;
}

/** @throws Error when a network asks for a tensor that it did not declare. */
export function tensorNamed(tensors: ReadonlyMap<string, Sym>, name: string): Sym {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`the network has no tensor '${name}'`);
  return tensor;
}
