import { ALL_CLASSES, type DatasetId, type ImageReals, type RealSource, randomStream, STREAMS } from '@gansweep/domain';
import { chooseImages } from './choose-images.ts';
import { DatasetError } from './dataset-error.ts';

const HELD_OUT = 0.1;
/** The same images are held out in every run, or scores could not be compared. */
const SEED = 1;

/**
 * A set without a split of its own: a tenth of its images, at least one and chosen once for all, only evaluations see.
 * Both parts keep the set's order.
 */
export function partsOf(whole: ImageReals): { readonly train: ImageReals; readonly heldOut: ImageReals } {
  const { count } = whole;
  const ranked = shuffled(count, STREAMS.heldOutImages);
  const cut = Math.max(1, Math.floor(count * HELD_OUT));
  return {
    train: chooseImages(whole, ranked.slice(cut).sort()),
    heldOut: chooseImages(whole, ranked.slice(0, cut).sort()),
  };
}

/**
 * The images of some classes, which are numbered anew, and of these a number drawn once for all; in the set's order. Points
 * are handed on as they are.
 * @throws DatasetError for classes that the set has not, and where nothing is left.
 */
export function takePart(
  reals: RealSource,
  { dataset, classes, subset }: { readonly dataset: DatasetId; readonly classes: string; readonly subset: number },
): RealSource {
  if (reals.kind !== 'images' || (classes === ALL_CLASSES && subset === 0)) return reals;
  let positions = Uint32Array.from({ length: reals.count }, (_, i) => i);
  let whole = reals;
  if (classes !== ALL_CLASSES) {
    const { labels, classes: names } = reals;
    if (!labels || !names) throw new DatasetError(dataset, 'it has no classes to choose from; leave `classes` out');
    const wanted = new Set(
      classes.split(',').map((name) => {
        const label = names.indexOf(name);
        if (label < 0) throw new DatasetError(dataset, `it has no class ${name}, but ${names.join(', ')}`);
        return label;
      }),
    );
    positions = positions.filter((position) => wanted.has(labels[position] as number));
    // The classes that are left, numbered anew in the set's order: what conditional models are told of.
    const numbers = [...wanted].sort((a, b) => a - b);
    whole = {
      ...reals,
      classes: numbers.map((label) => names[label] as string),
      labels: Int16Array.from(labels, (label) => numbers.indexOf(label)),
    };
  }
  if (subset > 0 && subset < positions.length) {
    const drawn = shuffled(positions.length, STREAMS.imageSubset).slice(0, subset).sort();
    positions = drawn.map((at) => positions[at] as number);
  }
  if (positions.length === 0) throw new DatasetError(dataset, `no image is left of the classes ${classes}`);
  return chooseImages(whole, positions);
}

/** 0 … count − 1 in an order that is the same in every run. */
function shuffled(count: number, stream: number): Uint32Array<ArrayBuffer> {
  const keys = new Float64Array(count);
  randomStream(SEED, stream).uniforms(0, keys);
  return Uint32Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => (keys[a] as number) - (keys[b] as number) || a - b,
  );
}
