import {
  assertNever,
  type Configuration,
  factsOf,
  isPluginName,
  normalQuantile,
  pluginValues,
  type RandomStream,
} from '@gansweep/domain';
import { placeNoise } from './plugins/noise-laws.ts';

/** Standard normal mass below −2; truncated noise lies between the two quantiles. */
const MASS_BELOW_TWO = 0.022750131948179195;
const GAN_LAB_MEAN = 0.5;
const GAN_LAB_DEVIATION = 0.25;

/**
 * Fills `out`, `[n, nz]`, with noise of the configuration's law: `gaussian` N(0, I); `uniform` U(0, 1) for mlp2d, else
 * U(−1, 1); `truncated-gaussian` cut at two deviations, for mlp2d around .5 with deviation .25; `spherical` uniform on
 * the sphere of radius √nz; one of a plugin places uniforms.
 * @param draw number of the draw in the stream: equal numbers give equal noise.
 * @param length of each of the consecutive draws that `out` holds, in numbers; one where it is left out.
 */
export function fillNoise(
  out: Float32Array,
  random: RandomStream,
  draw: number,
  configuration: Pick<Configuration, 'noise' | 'nz' | 'model'>,
  length = out.length,
): void {
  const { noise: law, nz, model } = configuration;
  const { unitNoise, learns } = factsOf(model);
  const plane = learns === 'points';
  if (isPluginName(law)) {
    const shares = new Float64Array(out.length);
    random.uniforms(draw, shares, length);
    placeNoise(out, shares, { noise: law, nz, fields: pluginValues(law, configuration) });
    return;
  }
  switch (law) {
    case 'gaussian':
      random.normals(draw, out, length);
      return;
    case 'uniform':
      random.uniforms(draw, out, length);
      if (!unitNoise) for (let i = 0; i < out.length; i++) out[i] = 2 * (out[i] as number) - 1;
      return;
    case 'truncated-gaussian': {
      const uniforms = new Float64Array(out.length);
      random.uniforms(draw, uniforms, length);
      const [mean, deviation] = plane ? [GAN_LAB_MEAN, GAN_LAB_DEVIATION] : [0, 1];
      for (let i = 0; i < out.length; i++)
        out[i] = mean + deviation * normalQuantile(MASS_BELOW_TWO + (uniforms[i] as number) * (1 - 2 * MASS_BELOW_TWO));
      return;
    }
    case 'spherical': {
      const normals = new Float64Array(out.length);
      random.normals(draw, normals, length);
      for (let row = 0; row < out.length; row += nz) {
        let square = 0;
        for (let i = row; i < row + nz; i++) square += (normals[i] as number) ** 2;
        const factor = Math.sqrt(nz / square);
        for (let i = row; i < row + nz; i++) out[i] = (normals[i] as number) * factor;
      }
      return;
    }
    default:
      assertNever(law);
  }
}

/**
 * Noise of the configuration's law whose numbers stand at given shares of it: a half is the median. On the sphere the
 * normal quantiles are drawn to its radius, the middle staying where it is.
 * @param shares `[n, nz]`, each in (0, 1). @returns `[n, nz]`.
 */
export function noiseAtShares(
  shares: Float32Array,
  configuration: Pick<Configuration, 'noise' | 'nz' | 'model'>,
): Float32Array {
  const { noise: law, nz, model } = configuration;
  const { unitNoise, learns } = factsOf(model);
  if (isPluginName(law)) {
    const out = new Float32Array(shares.length);
    placeNoise(out, shares, { noise: law, nz, fields: pluginValues(law, configuration) });
    return out;
  }
  switch (law) {
    case 'gaussian':
      return shares.map(normalQuantile);
    case 'uniform':
      return unitNoise ? shares.slice() : shares.map((share) => 2 * share - 1);
    case 'truncated-gaussian': {
      const [mean, deviation] = learns === 'points' ? [GAN_LAB_MEAN, GAN_LAB_DEVIATION] : [0, 1];
      return shares.map(
        (share) => mean + deviation * normalQuantile(MASS_BELOW_TWO + share * (1 - 2 * MASS_BELOW_TWO)),
      );
    }
    case 'spherical': {
      const out = shares.map(normalQuantile);
      for (let row = 0; row < out.length; row += nz) onSphere(out.subarray(row, row + nz));
      return out;
    }
    default:
      return assertNever(law);
  }
}

/** Scales a vector to the length √n in place; none has no direction and stays. */
function onSphere(vector: Float32Array): void {
  const square = vector.reduce((sum, part) => sum + part * part, 0);
  if (square === 0) return;
  const factor = Math.sqrt(vector.length / square);
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) * factor;
}
