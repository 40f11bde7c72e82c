import {
  type Configuration,
  factsOf,
  type ImageSamples,
  type PathEnds,
  type ShiftedImages,
  STREAMS,
  type TurnedImages,
  type UnroundedImages,
} from '@gansweep/domain';
import { fastRandomStream, type LoadedProgram } from '@gansweep/program/browser';
import { classesOf } from './conditions.ts';
import { unroundedOf } from './image-scale.ts';
import type { SampleShape } from './networks/network.ts';
import { networksOf } from './networks/networks-of.ts';
import { fillNoise } from './noise.ts';
import { CHUNK, copyImages, samplesPerCall, styleInputsOf } from './sample-calls.ts';

/** Which paths: the same number and seed give the same latent vectors. */
export interface PathsWanted {
  readonly count: number;
  readonly seed: number;
  /** Step of the path's parameter. */
  readonly epsilon: number;
  /** What the straight lines lie between: z, from a uniform place on, or the styles w of two z, from the first one on. */
  readonly space: 'z' | 'w';
}

/** Which places between latent vectors: the same number and seed give the same pairs, whatever the path. */
export interface BetweenWanted {
  readonly count: number;
  readonly seed: number;
  /** The latent vector that stands for a pair of them. */
  readonly place: (from: Float32Array, to: Float32Array) => Float32Array;
}

/** Which moves of the input: the same number and seed give the same images and moves. */
export interface ShiftsWanted {
  readonly count: number;
  readonly seed: number;
  /** Most that the input moves along either axis, in sides of the image. */
  readonly reach: number;
  /** Whether by whole pixels alone. */
  readonly whole: boolean;
}

/** Which turns of the input: the same number and seed give the same images and angles. */
export interface TurnsWanted {
  readonly count: number;
  readonly seed: number;
  /** Images in turn that are turned alike. */
  readonly alike: number;
}

interface Request<Wanted> {
  readonly tensors: Readonly<Record<string, Float32Array>>;
  readonly configuration: Configuration;
  readonly shape: SampleShape;
  readonly wanted: Wanted;
}

/**
 * Images at places of straight lines and `epsilon` further; class, noise of the layers and truncation are those of sample i at
 * both ends. @throws RangeError where G has no such lines.
 */
export async function drawPaths(loaded: LoadedProgram, request: Request<PathsWanted>): Promise<PathEnds> {
  const { configuration } = request;
  const { count, seed, epsilon, space } = request.wanted;
  if (space === 'w' && !factsOf(configuration.model).styled)
    throw new RangeError(`${configuration.model} maps no latent vectors to styles, so there are no paths between them`);
  const { nz } = configuration;
  const random = fastRandomStream(seed, STREAMS.paths);
  const draw = await drawer(loaded, request);
  const [first, second] = [new Float32Array(draw.perCall * nz), new Float32Array(draw.perCall * nz)];
  const places = new Float64Array(draw.perCall);
  for (let start = 0; start < count; start += draw.perCall) {
    const call = start / draw.perCall;
    fillNoise(first, random, 3 * call, configuration);
    fillNoise(second, random, 3 * call + 1, configuration);
    random.uniforms(3 * call + 2, places);
    for (const [number, further] of [0, epsilon].entries()) {
      const between = (): Float32Array =>
        first.map(
          (value, i) => value + ((places[Math.floor(i / nz)] as number) + further) * ((second[i] as number) - value),
        );
      const inputs =
        space === 'w'
          ? { noise: first, second, place: new Float32Array(draw.perCall).fill(further) }
          : { noise: between() };
      await draw.into(number as 0 | 1, start, inputs);
    }
  }
  const [from, to] = draw.sides;
  return { from, to };
}

/** Images of one latent vector for each of `count` pairs; class, noise of the layers and truncation are those of sample i. */
export async function drawBetween(loaded: LoadedProgram, request: Request<BetweenWanted>): Promise<ImageSamples> {
  const { configuration } = request;
  const { count, seed, place } = request.wanted;
  const { nz } = configuration;
  const random = fastRandomStream(seed, STREAMS.midpoints);
  const draw = await drawer(loaded, request);
  const [first, second, noise] = [0, 1, 2].map(() => new Float32Array(draw.perCall * nz)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  for (let start = 0; start < count; start += draw.perCall) {
    const call = start / draw.perCall;
    fillNoise(first, random, 2 * call, configuration);
    fillNoise(second, random, 2 * call + 1, configuration);
    for (let at = 0; at < noise.length; at += nz)
      noise.set(place(first.subarray(at, at + nz), second.subarray(at, at + nz)), at);
    await draw.into(0, start, { noise });
  }
  const [images] = draw.sides;
  return { ...images, data: Uint8Array.from(images.data, (value) => Math.min(Math.max(Math.round(value), 0), 255)) };
}

/** Images, and those of inputs that were moved. @throws RangeError where G has no input to be moved. */
export async function drawShifted(loaded: LoadedProgram, request: Request<ShiftsWanted>): Promise<ShiftedImages> {
  const { configuration } = request;
  const { count, seed, reach, whole } = request.wanted;
  checkMovable(configuration);
  const random = fastRandomStream(seed, STREAMS.shifts);
  const draw = await drawer(loaded, request);
  const { width, height } = draw.sides[0];
  const noise = new Float32Array(draw.perCall * configuration.nz);
  const uniforms = new Float64Array(2 * draw.perCall);
  const shifts: { readonly x: number; readonly y: number }[] = [];
  for (let start = 0; start < count; start += draw.perCall) {
    const call = start / draw.perCall;
    fillNoise(noise, random, 2 * call, configuration);
    random.uniforms(2 * call + 1, uniforms);
    const pixels = uniforms.map((uniform, i) => {
      const far = (2 * uniform - 1) * reach * (i % 2 === 0 ? width : height);
      return whole ? Math.round(far) : far;
    });
    const shift = Float32Array.from(pixels, (far, i) => far / (i % 2 === 0 ? width : height));
    await draw.into(0, start, { noise, shift: new Float32Array(shift.length) });
    await draw.into(1, start, { noise, shift });
    for (let i = 0; i < draw.perCall && shifts.length < count; i++)
      shifts.push({ x: pixels[2 * i] as number, y: pixels[2 * i + 1] as number });
  }
  const [plain, moved] = draw.sides;
  return { plain, moved, shifts };
}

/** Images, and those of inputs that were turned by any angle. @throws RangeError where G has no input to be moved. */
export async function drawTurned(loaded: LoadedProgram, request: Request<TurnsWanted>): Promise<TurnedImages> {
  const { configuration } = request;
  const { count, seed, alike } = request.wanted;
  checkMovable(configuration);
  const random = fastRandomStream(seed, STREAMS.turns);
  const uniforms = new Float64Array(Math.ceil(count / alike));
  random.uniforms(0, uniforms);
  const angles = Array.from({ length: count }, (_, i) => 2 * Math.PI * (uniforms[Math.floor(i / alike)] as number));
  const draw = await drawer(loaded, request);
  const noise = new Float32Array(draw.perCall * configuration.nz);
  const [still, turn] = [new Float32Array(2 * draw.perCall), new Float32Array(2 * draw.perCall)];
  for (let start = 0; start < count; start += draw.perCall) {
    fillNoise(noise, random, 1 + start / draw.perCall, configuration);
    for (let i = 0; i < draw.perCall; i++) {
      const angle = angles[start + i] ?? 0;
      still.set([1, 0], 2 * i);
      turn.set([Math.cos(angle), Math.sin(angle)], 2 * i);
    }
    await draw.into(0, start, { noise, turn: still });
    await draw.into(1, start, { noise, turn });
  }
  const [plain, turned] = draw.sides;
  return { plain, turned, angles };
}

function checkMovable({ model }: Configuration): void {
  if (!factsOf(model).movable) throw new RangeError(`the input of ${model} cannot be moved`);
}

/** Runs G call by call into two sets of images, sample i of both with the class and the layers' noise of sample i. */
async function drawer(
  loaded: LoadedProgram,
  {
    tensors,
    configuration,
    shape,
    wanted: { count, seed },
  }: Request<{ readonly count: number; readonly seed: number }>,
): Promise<{
  readonly perCall: number;
  readonly sides: readonly [UnroundedImages, UnroundedImages];
  into(side: 0 | 1, start: number, inputs: Readonly<Record<string, Float32Array>>): Promise<void>;
}> {
  if (shape.kind !== 'images') throw new RangeError('paths and moves are measured between images');
  await loaded.writeState(tensors);
  const { height, width, channels } = shape;
  const each = height * width * channels;
  const images = (): UnroundedImages => ({
    kind: 'images',
    count,
    height,
    width,
    channels,
    data: new Float32Array(count * each),
  });
  const sides = [images(), images()] as const;
  const byte = unroundedOf(configuration);
  const styleInputs = styleInputsOf(networksOf(configuration, shape).generator, configuration, seed);
  const classes = classesOf(configuration, shape);
  const perCall = samplesPerCall(shape);
  return {
    perCall,
    sides,
    into: async (side, start, inputs) => {
      const told =
        classes > 0 ? { classes: Float32Array.from({ length: perCall }, (_, i) => (start + i) % classes) } : {};
      const { samples } = (await loaded.run({ ...inputs, ...told, ...styleInputs(start / CHUNK) }, 1)) as {
        samples: Float32Array;
      };
      const taken = Math.min(perCall, count - start);
      const out = sides[side].data.subarray(start * each, (start + taken) * each);
      copyImages(samples, out, { height, width, channels, byte });
    },
  };
}
