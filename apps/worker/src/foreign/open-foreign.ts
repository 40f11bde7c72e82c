import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ForeignGenerator, PixelRange, Samples } from '@gansweep/domain';
import { latentsOf } from '@gansweep/gan';
import { BadOnnx, type OnnxGraph, type OnnxValue, openOnnxGraph } from '@gansweep/program';

/** Samples of a call, where the file takes any number. */
const BATCH = 50;

/** A registered generator, ready to be drawn from; whoever opened it disposes of it. */
export interface OpenForeign extends AsyncDisposable {
  /** Samples that the seed gives, in turn of every class: points, or uint8 images. */
  draw(wanted: { readonly count: number; readonly seed: number }): Promise<Samples>;
}

/** Opens a registered generator whose file is still what it was. @throws BadOnnx with the mend where it is not. */
export async function openForeign(generator: ForeignGenerator): Promise<OpenForeign> {
  const bytes = bytesOf(generator.path);
  if (createHash('sha256').update(bytes).digest('hex') !== generator.file)
    throw new BadOnnx(`has changed since it was registered as '${generator.name}': gansweep generator add it again`);
  const graph = await openOnnxGraph(bytes);
  return {
    draw: (wanted) => drawForeign(graph, generator, wanted),
    [Symbol.asyncDispose]: () => graph[Symbol.asyncDispose](),
  };
}

/** The bytes of a file. @throws BadOnnx where it cannot be read. */
export function bytesOf(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new BadOnnx(
      `cannot be read on this machine (${(error as NodeJS.ErrnoException).code}): give its path where it lies, or run this there`,
    );
  }
}

async function drawForeign(
  graph: OnnxGraph,
  generator: ForeignGenerator,
  { count, seed }: { readonly count: number; readonly seed: number },
): Promise<Samples> {
  const { latent, layerNoise, classes, output } = generator;
  const rows = generator.batch ?? BATCH;
  // The last call is a whole one.
  const whole = Math.ceil(count / rows) * rows;
  const drawn = latentsOf(generator, { count: whole, seed });
  const each = output.kind === 'points' ? 2 : output.height * output.width * output.channels;
  const points = new Float32Array(output.kind === 'points' ? count * each : 0);
  const pixels = new Uint8Array(output.kind === 'images' ? count * each : 0);
  for (let first = 0; first < count; first += rows) {
    const { data } = await callForeign(graph, generator, {
      rows,
      latents: drawn.latents.subarray(first * latent.size, (first + rows) * latent.size),
      layerNoise: drawn.layerNoise.subarray(first * (layerNoise?.size ?? 0), (first + rows) * (layerNoise?.size ?? 0)),
      classOf: (row) => (first + row) % (classes?.count ?? 1),
    });
    if (data.length !== rows * each) throw new BadOnnx(`gives ${data.length} numbers for ${rows} samples`);
    const taken = Math.min(rows, count - first);
    if (output.kind === 'points') points.set(data.subarray(0, taken * 2), first * 2);
    else putPixels(data, pixels.subarray(first * each, (first + taken) * each), output);
  }
  if (output.kind === 'points') {
    if (!points.every(Number.isFinite)) throw new BadOnnx('gives points that are not finite');
    return { kind: 'points', count, data: points };
  }
  const { height, width, channels } = output;
  return { kind: 'images', count, height, width, channels, data: pixels };
}

/** One call of a graph. @param given `[rows, …]` of what it takes. */
export function callForeign(
  graph: OnnxGraph,
  {
    latent,
    classes,
    layerNoise,
    truncation,
    output,
  }: Omit<ForeignGenerator, 'name' | 'weights' | 'path' | 'file' | 'batch'>,
  given: {
    readonly rows: number;
    readonly latents: Float32Array;
    readonly layerNoise: Float32Array;
    readonly classOf: (row: number) => number;
  },
): Promise<{ readonly data: Float32Array; readonly dims: readonly number[] }> {
  const { rows } = given;
  const inputs: OnnxValue[] = [{ name: latent.input, data: given.latents, dims: [rows, latent.size] }];
  if (layerNoise) inputs.push({ name: layerNoise.input, data: given.layerNoise, dims: [rows, layerNoise.size] });
  if (truncation) inputs.push({ name: truncation.input, data: Float32Array.of(truncation.value), dims: [] });
  if (classes) {
    const { input, form, type, count } = classes;
    const width = form === 'one-hot' ? count : 1;
    const data = new Float32Array(rows * width);
    for (let row = 0; row < rows; row++)
      if (form === 'one-hot') data[row * width + given.classOf(row)] = 1;
      else data[row] = given.classOf(row);
    inputs.push({ name: input, type, data, dims: form === 'one-hot' ? [rows, width] : [rows] });
  }
  return graph.run(inputs, output.name).catch((error: unknown) => {
    if (error instanceof BadOnnx) throw error;
    throw new BadOnnx(`does not run on ${rows} samples: ${error instanceof Error ? error.message : String(error)}`);
  });
}

/** A byte is `(value − low) · factor`, rounded and cut at both ends. */
const BYTES: Readonly<Record<PixelRange, readonly [low: number, factor: number]>> = {
  signed: [-1, 127.5],
  unit: [0, 255],
  bytes: [0, 1],
};

function putPixels(
  data: Float32Array,
  out: Uint8Array,
  { layout, height, width, channels, range }: Extract<ForeignGenerator['output'], { kind: 'images' }>,
): void {
  const [low, factor] = BYTES[range];
  const plane = height * width;
  const each = plane * channels;
  for (let i = 0; i < out.length; i++) {
    const image = Math.floor(i / each);
    const at = layout === 'nhwc' ? i : image * each + (i % channels) * plane + (Math.floor(i / channels) % plane);
    const value = data[at] as number;
    if (!Number.isFinite(value)) throw new BadOnnx('gives pixels that are not finite');
    out[i] = Math.min(Math.max(Math.round((value - low) * factor), 0), 255);
  }
}
