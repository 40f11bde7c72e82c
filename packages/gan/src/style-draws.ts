import { type Configuration, STREAMS } from '@gansweep/domain';
import { fastRandomStream, reshape, slice, type Tracer } from '@gansweep/program/browser';
import type { Network, StyleDraws } from './networks/network.ts';
import { fillNoise } from './noise.ts';

/** Share of G's images that are made of two z; 0 where no G of styles is. */
export function mixingOf(configuration: Configuration): number {
  return 'styleMixing' in configuration ? configuration.styleMixing : 0;
}

/**
 * What G's passes of an iteration take beside their noise, for the updates of one player: inputs `mixedNoise`
 * `[updates, batch, nz]`, `crossover` `[updates, batch]` and `layerNoise` `[updates, batch, n]`, as far as G uses them.
 */
export function styleDrawsOf(
  tracer: Tracer,
  configuration: Configuration,
  {
    generator: { draws },
    side,
    updates,
  }: { readonly generator: Network; readonly side: 'G' | 'D'; readonly updates: number },
): (update: number) => StyleDraws {
  if (!draws) return () => ({});
  const { batch, nz } = configuration;
  const input = (name: string, each: readonly number[]) => {
    const all = tracer.input(`${name}${side}`, [updates, ...each]);
    return (update: number) => reshape(slice(all, 0, update, 1), each);
  };
  const layerNoise = draws.layerNoise > 0 ? input('layerNoise', [batch, draws.layerNoise]) : null;
  const isMixed = mixingOf(configuration) > 0;
  const second = isMixed ? input('mixedNoise', [batch, nz]) : null;
  const from = isMixed ? input('crossover', [batch]) : null;
  return (update) => ({
    ...(layerNoise ? { layerNoise: layerNoise(update) } : {}),
    ...(second && from ? { mixing: { second: second(update), from: from(update) } } : {}),
  });
}

/** The values of those inputs, for consecutive updates from number `first` on. */
export function styleDrawValues(
  configuration: Configuration,
  { seed, draws, side }: { readonly seed: number; readonly draws: Network['draws']; readonly side: 'G' | 'D' },
): (first: number, updates: number) => Record<string, Float32Array> {
  if (!draws) return () => ({});
  const { batch, nz } = configuration;
  const share = mixingOf(configuration);
  const mixedNoise = fastRandomStream(seed, STREAMS[`mixedNoise${side}`]);
  const crossover = fastRandomStream(seed, STREAMS[`crossover${side}`]);
  const layerNoise = fastRandomStream(seed, STREAMS[`layerNoise${side}`]);
  return (first, updates) => {
    const values: Record<string, Float32Array> = {};
    if (draws.layerNoise > 0) {
      const normals = new Float32Array(updates * batch * draws.layerNoise);
      layerNoise.normals(first, normals, batch * draws.layerNoise);
      values[`layerNoise${side}`] = normals;
    }
    if (share > 0) {
      const second = new Float32Array(updates * batch * nz);
      fillNoise(second, mixedNoise, first, configuration, batch * nz);
      values[`mixedNoise${side}`] = second;
      const uniforms = new Float32Array(updates * batch);
      crossover.uniforms(first, uniforms, batch);
      values[`crossover${side}`] = uniforms.map((uniform) => crossoverOf(uniform, { share, layers: draws.layers }));
    }
    return values;
  };
}

/**
 * The first layer that takes the second z: uniform over all but layer 0, or `layers` where the image is made of one.
 * @param uniform in [0, 1): one draw decides both.
 */
function crossoverOf(uniform: number, { share, layers }: { readonly share: number; readonly layers: number }): number {
  return uniform < share ? 1 + Math.min(Math.floor((uniform / share) * (layers - 1)), layers - 2) : layers;
}
