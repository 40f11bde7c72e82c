import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ImageSamples } from '@gansweep/domain';
import { type FeatureExtractor, featureMatrix, resizeImages } from '@gansweep/evaluation';
import { openOnnxGraph } from '@gansweep/program';
import { Refused } from '../failures.ts';
import { RANGES, type RegisteredExtractor } from './registry.ts';

const BATCH = 16;

/** Opens a registered extractor after checking that its file is still the one that was registered. */
export async function openRegistered(extractor: RegisteredExtractor): Promise<FeatureExtractor> {
  const { name, path, file, weights, input, output, dimension, range } = extractor;
  const bytes = readFileSync(path);
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== file)
    throw new Refused(
      `${path} has changed since it was registered as '${name}': gansweep extractor add ${path} --name ${name} again`,
    );
  const graph = await openOnnxGraph(bytes);
  const [low, high] = RANGES[range];
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
