import { type Configuration, type ForeignGenerator, type LatentLaw, STREAMS } from '@gansweep/domain';
import { fastRandomStream } from '@gansweep/program/browser';
import { fillNoise } from './noise.ts';
import { CHUNK } from './sample-calls.ts';

/** Each law as a model of ours draws it. */
const DRAWN_AS: Readonly<Record<LatentLaw, Pick<Configuration, 'noise' | 'model'>>> = {
  gaussian: { noise: 'gaussian', model: 'dcgan' },
  uniform: { noise: 'uniform', model: 'dcgan' },
  'unit-uniform': { noise: 'uniform', model: 'mlp2d' },
  'truncated-gaussian': { noise: 'truncated-gaussian', model: 'dcgan' },
  'unit-truncated-gaussian': { noise: 'truncated-gaussian', model: 'mlp2d' },
  spherical: { noise: 'spherical', model: 'dcgan' },
  'unit-sphere': { noise: 'spherical', model: 'dcgan' },
};

/**
 * What a foreign generator makes its samples of: the very numbers that one of ours of the same law and size would be given
 * for them, so that a generator gives one result by whatever way it comes.
 * @returns `latents` `[rows, size]` and `layerNoise` `[rows, layerNoise.size]`; rows are `count`, rounded up to a hundred.
 */
export function latentsOf(
  { latent, layerNoise }: Pick<ForeignGenerator, 'latent' | 'layerNoise'>,
  { count, seed }: { readonly count: number; readonly seed: number },
): { readonly latents: Float32Array; readonly layerNoise: Float32Array } {
  const rows = Math.ceil(count / CHUNK) * CHUNK;
  const latents = new Float32Array(rows * latent.size);
  const { noise, model } = DRAWN_AS[latent.law];
  fillNoise(
    latents,
    fastRandomStream(seed, STREAMS.evaluationNoise),
    0,
    { noise, model, nz: latent.size },
    CHUNK * latent.size,
  );
  if (latent.law === 'unit-sphere') {
    const radius = Math.sqrt(latent.size);
    for (let i = 0; i < latents.length; i++) latents[i] = (latents[i] as number) / radius;
  }
  const ofLayers = new Float32Array(rows * (layerNoise?.size ?? 0));
  if (layerNoise) fastRandomStream(seed, STREAMS.sampledLayerNoise).normals(0, ofLayers, CHUNK * layerNoise.size);
  return { latents, layerNoise: ofLayers };
}
