import {
  atValues,
  type ImageReals,
  type PlaneReals,
  type PluginData,
  type PluginField,
  type PluginName,
  type PluginValue,
  pluginDataOf,
  pluginValues,
  type RealSource,
  randomStream,
  STREAMS,
  valuesToTry,
} from '@gansweep/domain';
import { partsOf } from '../parts-of.ts';
import { placedReals } from '../plane-reals.ts';

type Values = Readonly<Record<string, PluginValue>>;

/** A data set from a plugin: pure functions of random numbers, or of an image's index. */
export interface PluginDataSet {
  readonly name: string;
  readonly doc: string;
  readonly hash: string;
  readonly file: string;
  readonly fields: readonly PluginField[];
  readonly data: PluginData;
  /** Of points: a uniform in (0, 1) and two standard normals, all independent, to a point `[x, y]`. */
  readonly point?: (
    numbers: { readonly uniform: number; readonly normals: readonly [number, number] },
    fields: Values,
  ) => ArrayLike<number>;
  /** Of images: `[side, side, channels]`, 0…255. @param index in [0, count). */
  readonly image?: (index: number, fields: Values) => ArrayLike<number>;
  /** Of images with classes: an index into their names. */
  readonly label?: (index: number, fields: Values) => number;
}

const sets = new Map<string, PluginDataSet>();

/** Makes a data set known in this process beside ours. */
export function addDataSet(name: PluginName, set: PluginDataSet): void {
  sets.set(name, set);
}

/** Reals of a plugin's data set. @param wanted a configuration with the values of its fields. */
export function openPluginSet(
  name: PluginName,
  wanted: object,
): { readonly train: RealSource; readonly heldOut: RealSource } {
  const set = sets.get(name);
  const data = pluginDataOf(name);
  if (set === undefined || data === undefined) throw new Error(`no data set is called ${name}`);
  const values = pluginValues(name, wanted);
  if (data.kind === 'images') return partsOf(imagesOf(set, data, values));
  return { train: pointsOf(set, values, STREAMS.planeReals), heldOut: pointsOf(set, values, STREAMS.evaluationReals) };
}

function pointsOf({ point }: PluginDataSet, values: Values, stream: number): PlaneReals {
  if (point === undefined) throw new Error('a data set of points has no function that gives them');
  return placedReals(({ uniforms, normals }, out) => {
    for (let i = 0; i < uniforms.length; i++)
      out.set(
        point(
          { uniform: uniforms[i] as number, normals: [normals[2 * i] as number, normals[2 * i + 1] as number] },
          values,
        ),
        2 * i,
      );
  }, stream);
}

/** All images are made when the set is opened and stay in memory. */
function imagesOf(
  { image, label }: PluginDataSet,
  { side, channels, count, classes }: Extract<PluginData, { kind: 'images' }>,
  values: Values,
): ImageReals {
  if (image === undefined) throw new Error('a data set of images has no function that gives them');
  const each = side * side * channels;
  const whole = new Uint8Array(count * each);
  for (let i = 0; i < count; i++) whole.set(image(i, values), i * each);
  return {
    kind: 'images',
    count,
    height: side,
    width: side,
    channels,
    copy: (positions, out) => {
      positions.forEach((position, i) => {
        out.set(whole.subarray(position * each, (position + 1) * each), i * each);
      });
    },
    ...(classes && label && { classes, labels: Uint16Array.from({ length: count }, (_, i) => label(i, values)) }),
  };
}

const TRIED = 256;
const SHARE_IN_BOX = 0.9;

/**
 * What is wrong with a data set, for a person, or null: points are two finite numbers and nearly all in the box, images are
 * of its size with labels of its classes; the same ones again, and not all alike; at its defaults and at the ends of its
 * fields.
 */
export function dataSetProblem(set: PluginDataSet): string | null {
  const { data, fields } = set;
  const problemAt = (values: Values): string | null =>
    data.kind === 'points' ? pointsProblem(set, data, values) : imagesProblem(set, data, values);
  if (data.kind === 'points' && data.modes && fields.length > 0)
    return 'has modes and fields: modes stand still, so leave one of the two out';
  try {
    for (const values of valuesToTry(fields).map((one) => Object.freeze({ ...one }))) {
      const problem = problemAt(values);
      if (problem !== null) return `${problem}${atValues(values)}`;
    }
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function pointsProblem(
  { point }: PluginDataSet,
  { box }: Extract<PluginData, { kind: 'points' }>,
  values: Values,
): string | null {
  const numbers = { uniforms: new Float64Array(TRIED), normals: new Float64Array(2 * TRIED) };
  randomStream(1, 0).points(0, numbers);
  const drawn = (): readonly (readonly number[])[] =>
    Array.from({ length: TRIED }, (_, i) =>
      Array.from(
        point?.(
          {
            uniform: numbers.uniforms[i] as number,
            normals: [numbers.normals[2 * i] as number, numbers.normals[2 * i + 1] as number],
          },
          values,
        ) ?? [],
      ),
    );
  const points = drawn();
  const wrong = points.find((one) => one.length !== 2 || !one.every(Number.isFinite));
  if (wrong !== undefined) return `point gives [${wrong}], and a point is two finite numbers`;
  if (JSON.stringify(drawn()) !== JSON.stringify(points))
    return 'point gives another point for the same numbers: make it a function of its arguments alone';
  if (new Set(points.map(String)).size === 1) return 'point gives the same point for all numbers';
  const inside = points.filter((one) => one.every((x) => x >= box.low && x <= box.high)).length;
  return inside >= SHARE_IN_BOX * TRIED
    ? null
    : `${inside} of ${TRIED} points lie in its box from ${box.low} to ${box.high}: give the box that holds nearly all`;
}

function imagesProblem(
  { image, label }: PluginDataSet,
  { side, channels, count, classes }: Extract<PluginData, { kind: 'images' }>,
  values: Values,
): string | null {
  const each = side * side * channels;
  const indices = [...new Set([0, 1, 2, Math.floor(count / 2), count - 1])];
  const images = indices.map((index) => image?.(index, values) ?? []);
  const lengths = images.find(({ length }) => length !== each);
  if (lengths !== undefined)
    return `image gives ${lengths.length} numbers, and ${side}×${side}×${channels} are ${each}`;
  const isByte = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 255;
  if (!images.every((one) => Array.from(one).every(isByte))) return 'image gives numbers that are no bytes, 0 to 255';
  const texts = images.map((one) => Array.from(one).join());
  if (indices.some((index, i) => Array.from(image?.(index, values) ?? []).join() !== texts[i]))
    return 'image gives another image for the same index: make it a function of its arguments alone';
  if (new Set(texts).size === 1) return 'image gives the same image for all indices';
  if (classes === null) return null;
  const labels = indices.map((index) => label?.(index, values));
  const isLabel = (one: number | undefined): boolean => one !== undefined && classes[one] !== undefined;
  return labels.every(isLabel)
    ? null
    : `label gives ${labels.find((one) => !isLabel(one))}, and labels are from 0 to ${classes.length - 1}`;
}
