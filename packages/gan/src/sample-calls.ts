import { type Configuration, STREAMS } from '@gansweep/domain';
import { fastRandomStream } from '@gansweep/program/browser';
import type { Network, SampleShape } from './networks/network.ts';

/** The unit of the noise, so that a sample never depends on how many are asked for. */
export const CHUNK = 100;
/** Points are so small that a call for each chunk would cost most. */
const CHUNKS_PER_CALL = { plane: 10, images: 1 } as const satisfies Record<SampleShape['kind'], number>;

/** Samples of one call of a generator's program. */
export const samplesPerCall = ({ kind }: SampleShape): number => CHUNK * CHUNKS_PER_CALL[kind];

/** What a G of styles takes beside z, by the number of the chunk. */
export function styleInputsOf(
  { draws }: Network,
  configuration: Configuration,
  seed: number,
): (chunk: number) => Readonly<Record<string, Float32Array>> {
  if (!draws || !('truncation' in configuration)) return () => ({});
  const truncation = Float32Array.of(configuration.truncation);
  if (draws.layerNoise === 0) return () => ({ truncation });
  const random = fastRandomStream(seed, STREAMS.sampledLayerNoise);
  const layerNoise = new Float32Array(CHUNK * draws.layerNoise);
  return (chunk) => {
    random.normals(chunk, layerNoise);
    return { truncation, layerNoise };
  };
}

/** `[n, channels, height, width]` → `[n, height, width, channels]` in 0…255. */
export function copyImages(
  samples: Float32Array,
  out: Uint8Array | Float32Array,
  {
    height,
    width,
    channels,
    byte,
  }: {
    readonly height: number;
    readonly width: number;
    readonly channels: number;
    readonly byte: (value: number) => number;
  },
): void {
  const pixels = height * width;
  for (let i = 0; i < out.length; i++) {
    const image = Math.floor(i / (pixels * channels));
    const pixel = Math.floor(i / channels) % pixels;
    const channel = i % channels;
    out[i] = byte(samples[(image * channels + channel) * pixels + pixel] as number);
  }
}
