import '@tensorflow/tfjs-backend-cpu';
import type { Configuration, ModelName } from '@gansweep/domain';
import { graphModel, onnxExecutor } from '@gansweep/program';
import { defaultsOf } from '@gansweep/testkit';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { createStepProgram, encodeCheckpoint, generatorFunction, type SampleShape } from '../src/index.ts';

const COUNT = 2;
/** Of the weights of an untrained G, so that its samples differ. */
const GAINS: Readonly<Partial<Record<ModelName, number>>> = {
  mlp2d: 1,
  aae: 2,
  'dcgan-max': 2,
  stylegan: 1,
  stylegan2: 1,
  stylegan3: 1,
};
const small = { nz: 4, batch: 4, ngf: 4, ndf: 4 } as const;
const images = (side: number, channels = 1): SampleShape => ({
  kind: 'images',
  height: side,
  width: side,
  channels,
  classCount: 10,
});
/** Every model, as small as it gets, and settings that bring other operations. */
const GENERATORS: readonly (readonly [name: string, configuration: Configuration, shape: SampleShape])[] = [
  ['mlp2d', { ...defaultsOf('mlp2d'), nz: 4, widthG: 8 }, { kind: 'plane' }],
  ['dcgan', { ...defaultsOf('dcgan'), ...small }, images(32, 3)],
  ['dcgan of nearest pixels', { ...defaultsOf('dcgan'), ...small, upsample: 'nearest', kernel: 3 }, images(32)],
  ['dcgan of even kernels', { ...defaultsOf('dcgan'), ...small, upsample: 'nearest', kernel: 4 }, images(32)],
  ['dcgan of kernels of 5', { ...defaultsOf('dcgan'), ...small, kernel: 5 }, images(16)],
  ['dcgan-lab', { ...defaultsOf('dcgan-lab'), ...small }, images(32, 3)],
  ['dcgan-max', { ...defaultsOf('dcgan-max'), ...small }, images(16, 3)],
  ['cdcgan', { ...defaultsOf('cdcgan'), ...small }, images(32)],
  ['cgan', { ...defaultsOf('cgan'), nz: 4 }, images(32)],
  ['aae', { ...defaultsOf('aae'), ...small }, images(32)],
  ['stylegan', { ...defaultsOf('stylegan'), ...small }, images(8)],
  ['stylegan2', { ...defaultsOf('stylegan2'), ...small }, images(8, 3)],
  ['stylegan3', { ...defaultsOf('stylegan3'), ...small }, images(32)],
];

function kept(given: Configuration, shape: SampleShape): Uint8Array {
  const configuration: Configuration =
    shape.kind === 'images' ? ({ ...given, resolution: shape.height } as Configuration) : given;
  const gain = GAINS[given.model] ?? 4;
  const { pG, sG } = createStepProgram(configuration, shape).initialState(3);
  const tensors = { ...(pG && { pG: pG.map((weight) => gain * weight) }), ...(sG && { sG }) };
  return encodeCheckpoint({ kind: 'generator', format: 1, configuration, seed: 3, shape, imagesSeen: 64, tensors });
}

it.each(GENERATORS)('TensorFlow.js draws what our executor draws: %s', async (_, configuration, shape) => {
  const { program, tensors } = generatorFunction(kept(configuration, shape), COUNT);
  const { json, shards } = graphModel(program, tensors);
  const model = JSON.parse(json);
  const bytes = Buffer.concat(shards.map((shard) => shard.bytes));
  const weightData = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const loaded = await loadGraphModel({
    load: async () => ({
      modelTopology: model.modelTopology,
      signature: model.signature,
      weightSpecs: model.weightsManifest[0].weights,
      weightData,
    }),
  });
  const given = Object.fromEntries(
    program.inputs.map(({ name, shape: dims }) => {
      const size = dims.reduce((product, length) => product * length, 1);
      const of = (i: number): number => (name === 'classes' ? i : name === 'truncation' ? 0.7 : Math.sin(7 * i + 1));
      return [name, Float32Array.from({ length: size }, (_, i) => of(i))];
    }),
  );
  const found = loaded.predict(
    Object.fromEntries(
      program.inputs.map(({ name, shape: dims }) => [name, tf.tensor(given[name] as Float32Array, [...dims])]),
    ),
  ) as tf.Tensor;
  await using own = await (await onnxExecutor({ threads: 1 })).load(program);
  await own.writeState(tensors);
  const { samples = new Float32Array() } = await own.run(given, 1);
  expect(found.shape).toEqual(program.outputs[0]?.shape);
  const values = await found.data();
  expect(values).toHaveLength(samples.length);
  let furthest = 0;
  samples.forEach((value, i) => {
    furthest = Math.max(furthest, Math.abs(value - (values[i] as number)));
  });
  const largest = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  expect(furthest / largest).toBeLessThan(1e-4);
  const spread = Math.max(...samples.slice(0, 1000)) - Math.min(...samples.slice(0, 1000));
  expect(spread).toBeGreaterThan(0.1);
});
