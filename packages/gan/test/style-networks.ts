import {
  gradients,
  mean,
  mul,
  onnxExecutor,
  type Program,
  referenceExecutor,
  type Sym,
  softplus,
  sub,
  sum,
  traceProgram,
} from '@gansweep/program';
import type { Network, Networks, NormMode } from '../src/networks/network.ts';
import type { StyleSizes } from '../src/networks/style-sizes.ts';
import { totalSize, unflatten } from '../src/parameters.ts';
import { gradientEnergy, pathLengths } from '../src/regularisation/penalties.ts';
import { pointsAlong } from './finite-differences.ts';

type Tracer = Parameters<Parameters<typeof traceProgram>[0]>[0];
const BATCH = 4;
/** Smooth, so that finite differences cross no kink. */
export const SMOOTH: StyleSizes = {
  resolution: 8,
  channels: 2,
  nz: 3,
  mappingLayers: 2,
  ngf: 1,
  ndf: 1,
  spectralNorm: false,
  activation: (x) => sub(mul(softplus(x), 2), 1),
};
/** What G makes of a batch, with every kind of draw. */
export function drawn(network: Network, tracer: Tracer, sizes: StyleSizes, mode: NormMode = 'train') {
  const layers: Record<string, Sym> = {};
  const { layerNoise = 0 } = network.draws ?? {};
  const passed = network.apply({
    input: tracer.input('z', [BATCH, sizes.nz]),
    ...conditionFor(tracer, sizes),
    parameters: unflatten(tracer.input('parameters', [totalSize(network.parameters)]), network.parameters),
    statistics: unflatten(tracer.input('statistics', [totalSize(network.statistics)]), network.statistics),
    mode,
    draws: {
      mixing: { second: tracer.input('z2', [BATCH, sizes.nz]), from: tracer.input('from', [BATCH]) },
      ...(layerNoise > 0 ? { layerNoise: tracer.input('layerNoise', [BATCH, layerNoise]) } : {}),
      ...(mode === 'sample' ? { truncation: tracer.input('truncation', []) } : {}),
    },
    probe: (name, tensor) => {
      layers[name] = tensor;
    },
  });
  const shapes = Object.fromEntries(Object.entries(layers).map(([name, { shape }]) => [name, shape]));
  return { ...passed, layers, shapes };
}

/** What the networks are told, as an input of any numbers: rows of one 1 each are some of them. */
function conditionFor(tracer: Tracer, { classes = 0 }: StyleSizes): { readonly condition?: Sym } {
  return classes > 0 ? { condition: tracer.input('condition', [BATCH, classes]) } : {};
}

const everything = (x: Sym): readonly number[] => x.shape.map((_, axis) => axis);
/** A scalar that weighs every element differently. */
const weighed = (x: Sym, by: Sym): Sym => sum(mul(x, by), everything(x));

/** Objectives whose gradients by `parameters` are compared; R1 and path lengths hold gradients themselves. */
export function objectivesOf(
  { generator, discriminator }: Networks,
  mode: NormMode = 'train',
  sizes: StyleSizes = SMOOTH,
): Record<string, Program> {
  const ofScores = (score: (judge: (x: Sym) => Sym, x: Sym) => Sym): Program =>
    traceProgram((tracer) => {
      const { resolution, channels } = sizes;
      const parameters = tracer.input('parameters', [totalSize(discriminator.parameters)]);
      const length = totalSize(discriminator.statistics);
      const statistics =
        length > 0 ? unflatten(tracer.input('statistics', [length]), discriminator.statistics) : new Map<string, Sym>();
      const told = conditionFor(tracer, sizes);
      const judge = (x: Sym): Sym =>
        discriminator.apply({
          input: x,
          ...told,
          parameters: unflatten(parameters, discriminator.parameters),
          statistics,
          mode: 'train',
          probe: () => {},
        }).output;
      const value = score(judge, tracer.input('x', [BATCH, channels, resolution, resolution]));
      return { outputs: { value, slope: gradients(value, [parameters])[0] as Sym } };
    });
  const ofImages = (score: (made: ReturnType<typeof drawn>, weights: Sym) => Sym): Program =>
    traceProgram((tracer) => {
      const made = drawn(generator, tracer, sizes, mode);
      const value = score(made, tracer.input('weights', [...made.output.shape]));
      const parameters = made.output.graph.nodes.find(({ name }) => name === 'parameters') as Sym;
      return { outputs: { value, slope: gradients(value, [parameters])[0] as Sym } };
    });
  return {
    'scores of D': ofScores((judge, x) => mean(softplus(judge(x)), [0, 1])),
    'R1 of D': ofScores((judge, x) => gradientEnergy(judge(x), x)),
    'images of G': ofImages(({ output }, weights) => weighed(output, weights)),
    'path lengths of G': ofImages(({ output, styles }, weights) => {
      const made = { images: output, styles: styles as Sym };
      return pathLengths(made, { directions: weights, average: mean(weights, [0, 1, 2, 3]) }).penalty;
    }),
  };
}

/** Values for every input of such a program, running statistics above 0. */
export function pointsOf(program: Program): ReadonlyMap<string, Float64Array> {
  return new Map(
    [...pointsAlong(program)].map(([name, values]) => [
      name,
      name === 'statistics' ? values.map((x) => 0.5 + Math.abs(x)) : values,
    ]),
  );
}

/** Largest difference of `slope` on ONNX Runtime from the float64 reference, as a share of the largest slope. */
export async function differenceOnOnnx(program: Program): Promise<number> {
  const inputs = Object.fromEntries([...pointsOf(program)].map(([name, values]) => [name, Float32Array.from(values)]));
  const results = [];
  for (const executor of [await onnxExecutor(), referenceExecutor()]) {
    await using loaded = await executor.load(program);
    results.push((await loaded.run(inputs, 1)).slope as Float32Array);
  }
  const [found, expected] = results as [Float32Array, Float32Array];
  const scale = Math.max(...expected.map(Math.abs));
  return Math.max(...found.map((x, i) => Math.abs(x - (expected[i] as number)))) / scale;
}
