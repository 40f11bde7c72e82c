import { type Configuration, type ImageReals, type PlaneReals, type RealSource, STREAMS } from '@gansweep/domain';
import { fastRandomStream, type InputArray, type InputValues } from '@gansweep/program/browser';
import { adamCorrectionsOf } from './adam-corrections.ts';
import { augmentationRows } from './augmentation/augmentation.ts';
import { averageDecays, isAveraged } from './averaged-generator.ts';
import { classesOf, toClasses } from './conditions.ts';
import { dataOrder } from './data-order.ts';
import { presences } from './growth.ts';
import { lrFactors } from './lr-schedule.ts';
import { isMirrored } from './mirror.ts';
import { shapeOf } from './networks/network.ts';
import { networksOf } from './networks/networks-of.ts';
import { fillNoise } from './noise.ts';
import { realBatchesOf } from './plan-training.ts';
import { sharesNoise } from './players.ts';
import { scalarsOf } from './scalars.ts';
import { styleDrawValues } from './style-draws.ts';
import { hasGradientPenalty, hasInstanceNoise, hasLabelNoise } from './tricks.ts';

/** The inputs of iterations by their number: the same numbers for every attempt, executor and cut into calls. */
export interface IterationInputs {
  /**
   * Inputs of `steps` consecutive iterations from number `first` on; the next call writes their arrays again.
   * @param real their real batches, where these were gathered already; else they are drawn or copied here.
   */
  forIterations(first: number, steps: number, real?: Float32Array | Uint8Array): InputValues;
}

/** @param held whether the program holds the images, and is given their positions. */
export function iterationInputs(
  configuration: Configuration,
  seed: number,
  reals: RealSource,
  { held = false }: { readonly held?: boolean } = {},
): IterationInputs {
  const { batch, nz, dSteps, gSteps } = configuration;
  const realBatches = realBatchesOf(configuration);
  const noise = { D: fastRandomStream(seed, STREAMS.noiseD), G: fastRandomStream(seed, STREAMS.noiseG) };
  const noiseArrays = { D: keptFloats(), G: keptFloats() };
  const mirrorRandom = fastRandomStream(seed, STREAMS.mirror);
  const labelRandom = fastRandomStream(seed, STREAMS.labelNoise);
  const instanceNoise = {
    D: fastRandomStream(seed, STREAMS.instanceNoiseD),
    G: fastRandomStream(seed, STREAMS.instanceNoiseG),
  };
  const penaltyRandom = fastRandomStream(seed, STREAMS.gradientPenalty);
  const augmentation = augmentationRows(configuration, seed);
  const corrections = adamCorrectionsOf(configuration);
  const factors = lrFactors(configuration);
  const presence = presences(configuration);
  const { draws } = networksOf(configuration, shapeOf(reals)).generator;
  const styles = {
    D: styleDrawValues(configuration, { seed, draws, side: 'D' }),
    G: styleDrawValues(configuration, { seed, draws, side: 'G' }),
  };
  const classes = classesOf(configuration, shapeOf(reals));
  const classRandom = { D: fastRandomStream(seed, STREAMS.classesD), G: fastRandomStream(seed, STREAMS.classesG) };
  const labelsOf = reals.kind === 'images' && classes > 0 ? classesOfReals(reals, seed, batch) : null;
  const realOf = held ? null : reals.kind === 'plane' ? pointsOf(reals, seed, batch) : imagesOf(reals, seed, batch);
  const positionsOf = reals.kind === 'images' && held ? imagePositions(reals, seed, batch) : null;
  const scalars = Object.fromEntries(
    Object.entries(scalarsOf(configuration)).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Float32Array.of(value)]],
    ),
  );
  return {
    forIterations: (first, steps, gathered) => {
      const inputs: Record<string, InputArray> = { ...scalars };
      const real = gathered ?? realOf?.(first * realBatches, steps * realBatches);
      if (real) inputs.real = real;
      if (positionsOf) inputs.positions = Int32Array.from(positionsOf(first * realBatches, steps * realBatches));
      for (const [side, batches, updates] of [
        ['D', realBatches, dSteps],
        ['G', gSteps, gSteps],
      ] as const) {
        if (batches > 0 && !(side === 'G' && sharesNoise(configuration))) {
          const values = noiseArrays[side](steps * batches * batch * nz);
          fillNoise(values, noise[side], first * batches, configuration, batch * nz);
          inputs[`noise${side}`] = values;
          if (classes > 0) {
            const uniforms = new Float32Array(steps * batches * batch);
            classRandom[side].uniforms(first * batches, uniforms, batch);
            inputs[`classes${side}`] = toClasses(uniforms, classes);
          }
          Object.assign(inputs, styles[side](first * batches, steps * batches));
        }
        const corrected = corrections[side]?.(first * updates, steps * updates);
        if (corrected) inputs[`corrections${side}`] = corrected;
      }
      if (augmentation) {
        inputs.augmentD = augmentation({ side: 'D', first: first * realBatches, updates: steps * realBatches });
        if (gSteps > 0) inputs.augmentG = augmentation({ side: 'G', first: first * gSteps, updates: steps * gSteps });
      }
      if (isAveraged(configuration)) inputs.averageDecays = averageDecays(configuration, first, steps);
      const correctedE = corrections.E?.(first, steps);
      if (correctedE) inputs.correctionsE = correctedE;
      if (labelsOf) inputs.classes = labelsOf(first * realBatches, steps * realBatches);
      if (factors) inputs.lrFactor = factors(first, steps);
      if (presence) inputs.presence = presence(first, steps);
      if (hasGradientPenalty(configuration)) {
        const shares = new Float32Array(steps * dSteps * batch);
        penaltyRandom.uniforms(first * dSteps, shares, batch);
        inputs.mixing = shares;
      }
      if (isMirrored(configuration)) {
        const uniforms = new Float32Array(steps * realBatches * batch);
        mirrorRandom.uniforms(first * realBatches, uniforms, batch);
        inputs.mirror = uniforms.map((uniform) => (uniform < 0.5 ? 1 : 0));
      }
      if (hasLabelNoise(configuration)) {
        const { realLabel, labelNoise } = configuration;
        const labels = new Float32Array(steps * dSteps);
        labelRandom.uniforms(first * dSteps, labels, 1);
        inputs.realLabels = labels.map((uniform) => realLabel - labelNoise * uniform);
      }
      if (hasInstanceNoise(configuration)) {
        const length = batch * (reals.kind === 'plane' ? 2 : reals.height * reals.width * reals.channels);
        const drawn = (side: 'D' | 'G', updates: number, each: number): Float32Array => {
          const values = new Float32Array(steps * updates * each);
          instanceNoise[side].normals(first * updates, values, each);
          return values;
        };
        inputs.instanceNoiseD = drawn('D', realBatches, 2 * length);
        if (gSteps > 0) inputs.instanceNoiseG = drawn('G', gSteps, length);
      }
      return inputs;
    },
  };
}

/** An array that is kept from call to call, most calls being equally long: new ones cost as much as a third of a noise. */
function keptFloats(): (length: number) => Float32Array {
  let kept = new Float32Array(0);
  return (length) => {
    if (kept.length !== length) kept = new Float32Array(length);
    return kept;
  };
}

/** Points of consecutive updates, `batch` each, behind one another. */
function pointsOf(reals: PlaneReals, seed: number, batch: number): (first: number, updates: number) => Float32Array {
  const { law } = reals;
  const arrayOf = keptFloats();
  if (law) {
    const random = fastRandomStream(seed, law.stream);
    let numbers = { uniforms: new Float64Array(0), normals: new Float64Array(0) };
    return (first, updates) => {
      const count = updates * batch;
      if (numbers.uniforms.length !== count)
        numbers = { uniforms: new Float64Array(count), normals: new Float64Array(2 * count) };
      random.points(first, numbers, batch);
      const out = arrayOf(2 * count);
      law.place(numbers, out);
      return out;
    };
  }
  return (first, updates) => {
    const out = arrayOf(updates * batch * 2);
    for (let i = 0; i < updates; i++) reals.draw(seed, first + i, out.subarray(i * batch * 2, (i + 1) * batch * 2));
    return out;
  };
}

/** Images of consecutive updates, `batch` each, behind one another. */
function imagesOf(reals: ImageReals, seed: number, batch: number): (first: number, updates: number) => Uint8Array {
  const positionsOf = imagePositions(reals, seed, batch);
  return (first, updates) => {
    const positions = positionsOf(first, updates);
    const values = new Uint8Array(positions.length * reals.height * reals.width * reals.channels);
    reals.copy(positions, values);
    return values;
  };
}

/** Positions of the images of consecutive updates, `batch` each. */
function imagePositions(
  { count }: ImageReals,
  seed: number,
  batch: number,
): (first: number, updates: number) => Uint32Array {
  const order = dataOrder(seed, count);
  return (first, updates) => {
    const positions = new Uint32Array(updates * batch);
    order.positions(first * batch, positions);
    return positions;
  };
}

/** Class numbers of the images of consecutive updates, or their positions where they have no classes, in the order in which they come. */
function classesOfReals(
  reals: ImageReals,
  seed: number,
  batch: number,
): (first: number, updates: number) => Float32Array {
  const { labels } = reals;
  const positionsOf = imagePositions(reals, seed, batch);
  if (!reals.classes) return (first, updates) => Float32Array.from(positionsOf(first, updates));
  if (!labels) throw new Error('the images have classes and no labels');
  return (first, updates) => Float32Array.from(positionsOf(first, updates), (position) => labels[position] as number);
}
