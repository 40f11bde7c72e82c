import { createHash } from 'node:crypto';
import path from 'node:path';
import {
  type ForeignGenerator,
  type ForeignOutput,
  GENERATOR_NOTES,
  LATENT_LAWS,
  type LatentLaw,
  PIXEL_RANGES,
  type PixelRange,
} from '@gansweep/domain';
import { tensorsHash } from '@gansweep/evaluation';
import { BadOnnx, type OnnxGraph, type OnnxTensorFacts, openOnnxGraph } from '@gansweep/program';
import type { ForeignDeclared } from './foreign-messages.ts';
import { bytesOf, callForeign } from './open-foreign.ts';

/** Pixels of an image that are looked at, at most: more is no generator that anything here could score. */
const SIDE_MAX = 2048;

/**
 * What an ONNX file of a generator takes and gives: read from the file and from the notes of our own exports, where the
 * person who registers it has not said it, and tried on a few samples. @throws BadOnnx with what is wrong with the file.
 */
export async function inspectForeign(file: string, declared: ForeignDeclared): Promise<ForeignGenerator> {
  const bytes = bytesOf(file);
  await using graph = await openOnnxGraph(bytes);
  const { latent, classes, layerNoise, truncation } = inputsOf(graph, declared);
  const output = outputOf(graph, declared);
  const fixed = new Set(
    [...graph.inputs.filter(({ shape }) => shape.length > 0)].flatMap(({ shape: [rows] }) => rows ?? []),
  );
  if (fixed.size > 1) throw new BadOnnx(`takes inputs for ${[...fixed].join(' and ')} samples at once`);
  const [batch = null] = fixed;
  const read = {
    name: declared.name,
    weights: tensorsHash(graph.weights),
    path: path.resolve(file),
    file: createHash('sha256').update(bytes).digest('hex'),
    latent,
    classes,
    layerNoise,
    truncation,
    batch,
  };
  const rows = batch ?? 2;
  const tried = await callForeign(
    graph,
    { ...read, output: { name: output, kind: 'points' } },
    {
      rows,
      latents: new Float32Array(rows * latent.size).fill(0.5),
      layerNoise: new Float32Array(rows * (layerNoise?.size ?? 0)),
      classOf: () => 0,
    },
  );
  if (!tried.data.every(Number.isFinite)) throw new BadOnnx('gives numbers that are not finite');
  return { ...read, output: shaped(output, tried, { rows, graph, declared }) };
}

type Inputs = Pick<ForeignGenerator, 'latent' | 'classes' | 'layerNoise' | 'truncation'>;

function inputsOf(graph: OnnxGraph, declared: ForeignDeclared): Inputs {
  const { inputs, metadata } = graph;
  const named = (name: string): OnnxTensorFacts => {
    const found = inputs.find((input) => input.name === name);
    if (!found) throw new BadOnnx(`has no input '${name}', but ${listed(inputs)}`);
    return found;
  };
  const layers = inputs.find(({ name, shape }) => name === 'layerNoise' && shape.length === 2) ?? null;
  const psi = inputs.find(({ shape, type }) => shape.length === 0 && type === 'float32') ?? null;
  const others = inputs.filter((input) => input !== layers && input !== psi);
  const classInput = declared.classInput
    ? named(declared.classInput)
    : (others.find(({ shape, type }) => shape.length === 1 || type === 'int64' || type === 'int32') ??
      others.find(({ name }) => name === 'classes') ??
      null);
  const latent = declared.latentInput
    ? named(declared.latentInput)
    : others.find((input) => input !== classInput && input.type === 'float32');
  const unknown = others.find((input) => input !== classInput && input !== latent);
  const size = latent?.shape[1];
  if (latent?.shape.length !== 2 || !size || unknown)
    throw new BadOnnx(
      `takes ${listed(inputs) || 'nothing'}: wanted are a float32 input of latent vectors [n, size] and, where it has them, class numbers [n] or one-hot [n, classes], 'layerNoise' [n, size] and a scalar truncation; --latent and --class name them`,
    );
  const notedLaw = metadata[GENERATOR_NOTES.law];
  if (notedLaw !== undefined && declared.law === undefined && !LATENT_LAWS.some((one) => one === notedLaw))
    throw new BadOnnx(
      `was trained on noise of '${notedLaw}', which is none of ${LATENT_LAWS.join(', ')}: say the nearest with --law`,
    );
  const law = declared.law ?? LATENT_LAWS.find((one) => one === notedLaw) ?? ('gaussian' satisfies LatentLaw);
  const layerSize = layers?.shape[1];
  if (layers && !layerSize) throw new BadOnnx("takes 'layerNoise' of no fixed size");
  const psiValue = declared.truncation ?? Number(metadata[GENERATOR_NOTES.truncation] ?? 1);
  return {
    latent: { input: latent.name, size, law },
    classes: classInput ? classesOf(classInput, declared.classes ?? Number(metadata[GENERATOR_NOTES.classes])) : null,
    layerNoise: layers && layerSize ? { input: layers.name, size: layerSize } : null,
    truncation: psi ? { input: psi.name, value: Number.isFinite(psiValue) ? psiValue : 1 } : null,
  };
}

function classesOf({ name, type, shape }: OnnxTensorFacts, count: number): ForeignGenerator['classes'] {
  if (type !== 'float32' && type !== 'int32' && type !== 'int64')
    throw new BadOnnx(`takes classes '${name}' as neither float32 nor int32 nor int64`);
  const width = shape[1];
  if (shape.length === 2 && width && width > 1) return { input: name, form: 'one-hot', type, count: width };
  if (shape.length !== 1)
    throw new BadOnnx(`takes classes '${name}' of shape [${shapeText(shape)}], neither [n] nor [n, classes]`);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new BadOnnx(
      `is told class numbers as '${name}', and not how many classes there are: say it with --classes N`,
    );
  return { input: name, form: 'number', type, count };
}

function outputOf({ outputs }: OnnxGraph, { output }: ForeignDeclared): string {
  const found = output === undefined ? outputs[0] : outputs.find(({ name }) => name === output);
  if (!found) throw new BadOnnx(`has no output '${output ?? ''}', but ${listed(outputs) || 'none at all'}`);
  return found.name;
}

/** What came out, as points or as images of a layout. */
function shaped(
  name: string,
  { dims }: { readonly dims: readonly number[] },
  { rows, graph, declared }: { readonly rows: number; readonly graph: OnnxGraph; readonly declared: ForeignDeclared },
): ForeignOutput {
  const [count, ...each] = dims;
  if (count !== rows) throw new BadOnnx(`gives ${dims.join('×')} for ${rows} latent vectors`);
  if (each.length === 1 && each[0] === 2) return { name, kind: 'points' };
  const isChannels = (side: number | undefined): side is 1 | 3 => side === 1 || side === 3;
  const [a, b, c] = each;
  const layouts = [isChannels(a) ? ('nchw' as const) : null, isChannels(c) ? ('nhwc' as const) : null].filter(
    (one) => one !== null,
  );
  const layout = declared.layout ?? (layouts.length === 1 ? layouts[0] : undefined);
  if (each.length !== 3 || layouts.length === 0 || (layout !== undefined && !layouts.includes(layout)))
    throw new BadOnnx(
      `gives ${dims.join('×')} as '${name}': wanted are points [n, 2], or images [n, channels, height, width] or [n, height, width, channels] of 1 or 3 channels`,
    );
  if (layout === undefined)
    throw new BadOnnx(`gives ${dims.join('×')}, which may be read in two ways: say --layout nchw or nhwc`);
  const [channels, height, width] = layout === 'nchw' ? [a, b, c] : [c, a, b];
  if (!isChannels(channels) || !height || !width || height > SIDE_MAX || width > SIDE_MAX)
    throw new BadOnnx(`gives images of ${each.join('×')}: sides are from 1 to ${SIDE_MAX} pixels`);
  const isBytes = graph.outputs.find((output) => output.name === name)?.type === 'uint8';
  const noted = graph.metadata[GENERATOR_NOTES.range];
  const range: PixelRange = isBytes
    ? 'bytes'
    : (declared.range ?? PIXEL_RANGES.find((one) => one === noted) ?? 'signed');
  return { name, kind: 'images', layout, height, width, channels, range };
}

const shapeText = (shape: readonly (number | null)[]): string => shape.map((side) => side ?? 'n').join(', ');
const listed = (tensors: readonly OnnxTensorFacts[]): string =>
  tensors.map(({ name, type, shape }) => `${name} ${type} [${shapeText(shape)}]`).join(', ');
