import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ImageSamples } from '@gansweep/domain';
import { type FeatureExtractor, featureMatrix, resizeImages } from '@gansweep/evaluation';
import { openOnnxGraph } from '@gansweep/program';
import { EXTRACTOR_RANGES, type RegisteredExtractor, registeredExtractors } from '@gansweep/runtime';

const BATCH = 16;

/** A registered file is not what it was; the message says how to mend it. */
export class ExtractorChanged extends Error {
  override readonly name = 'ExtractorChanged';
}

/** Opens the extractor that is registered here under a name; with `weights` only if it has these. @throws ExtractorChanged */
export type OpenRegisteredBy = (name: string, weights: string | undefined) => Promise<FeatureExtractor>;

/** @param home as `Config.home`. */
export function registeredIn(home: string): OpenRegisteredBy {
  return (name, weights) => {
    const problem = lackingExtractor(home, name, weights);
    const found = registeredExtractors(home).find((one) => one.name === name);
    if (problem !== null || found === undefined) return Promise.reject(new ExtractorChanged(problem ?? name));
    return openRegistered(found);
  };
}

/** Why scores by an extractor cannot be made here, or null. */
export function lackingExtractor(home: string, name: string, weights: string | undefined): string | null {
  const found = registeredExtractors(home).find((one) => one.name === name);
  const mend = `register the same file there: gansweep extractor add FILE.onnx --name ${name}`;
  if (found === undefined) return `the extractor ${name} is not registered with this worker: ${mend}`;
  if (weights === undefined || found.weights === weights) return null;
  return `the sweep was made with the extractor ${name} of weights ${weights.slice(0, 12)}…, and this worker has ${found.weights.slice(0, 12)}…: ${mend}, or submit again where the API had the old one`;
}

/** Why a registered extractor cannot look at pictures of so many channels, or null. */
export function unfitExtractor(home: string, name: string, channels: number): string | null {
  const found = registeredExtractors(home).find((one) => one.name === name);
  if (found === undefined || found.input.channels === channels || channels === 1) return null;
  return `the extractor ${name} looks at grey pictures, and these are in colour: leave its protocols out, or register a network that takes 3 channels`;
}

/** Opens a registered extractor after checking that its file is still the one that was registered. @throws ExtractorChanged */
export async function openRegistered(extractor: RegisteredExtractor): Promise<FeatureExtractor> {
  const { name, path, file, weights, input, output, dimension, range } = extractor;
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new ExtractorChanged(
      `${path}, registered as '${name}', cannot be read (${(error as NodeJS.ErrnoException).code}): put it back, or gansweep extractor add it again`,
    );
  }
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== file)
    throw new ExtractorChanged(
      `${path} has changed since it was registered as '${name}': gansweep extractor add ${path} --name ${name} again`,
    );
  const graph = await openOnnxGraph(bytes);
  const [low, high] = EXTRACTOR_RANGES[range];
  const { height, width, channels } = input;
  return {
    facts: { id: name, version: 1, weights, layer: output, dimension },
    preprocessing: {
      size: `${height}×${width}×${channels}`,
      resize: 'bicubic, antialiased, not rounded',
      range: `[${low}, ${high}]`,
      channels: channels === 3 ? 'grey repeated' : 'as they are',
      quantised: 'uint8 before the resize',
    },
    features: async (images) => {
      const out = new Float32Array(images.count * dimension);
      for (let first = 0; first < images.count; first += BATCH) {
        const count = Math.min(BATCH, images.count - first);
        const data = resizeImages(part(images, first, count), input);
        for (let i = 0; i < data.length; i++) data[i] = low + ((data[i] as number) / 255) * (high - low);
        const result = await graph.run({ name: input.name, data, dims: [count, channels, height, width] }, output);
        out.set(result.data, first * dimension);
      }
      return featureMatrix(out, dimension);
    },
    [Symbol.asyncDispose]: () => graph[Symbol.asyncDispose](),
  };
}

function part(images: ImageSamples, first: number, count: number): ImageSamples {
  const each = images.height * images.width * images.channels;
  return { ...images, count, data: images.data.subarray(first * each, (first + count) * each) };
}
