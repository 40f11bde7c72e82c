import {
  abs,
  add,
  concat,
  div,
  greater,
  mean,
  mul,
  readAlongWidth,
  relu,
  reshape,
  type Sym,
  slice,
  sub,
  table,
  transpose,
  where,
} from '@gansweep/program/browser';
import { AUGMENTATIONS, type AugmentationName, columnsOf, isIn, type Pipe } from './augmentations.ts';

/**
 * Images with the augmentations whose gates lie below p. Gradients flow through to the images.
 * Places are read linearly between pixels and mirrored at the borders.
 * @param images `[batch, channels, side, side]`. @param given `rows` `[batch, n]` of `writeRow`; `probability` p, a scalar;
 * `middle` grey and `half` the range of the images.
 */
export function augmented(
  images: Sym,
  {
    rows,
    probability,
    pipe,
    middle,
    half,
  }: {
    readonly rows: Sym;
    readonly probability: Sym;
    readonly pipe: Pipe;
    readonly middle: number;
    readonly half: number;
  },
): Sym {
  const { at } = columnsOf(pipe);
  const column = (index: number): Sym => slice(rows, 1, index, 1);
  /** The values of an augmentation, each `[batch, 1]`, those that do nothing where it does not happen. */
  const valuesOf = (name: AugmentationName): readonly Sym[] => {
    const first = at.get(name);
    if (first === undefined) throw new Error(`the pipe ${pipe} has no ${name}`);
    const happens = greater(reshape(probability, [1, 1]), column(first));
    return AUGMENTATIONS[name].neutral.map((neutral, i) => where(happens, column(first + 1 + i), neutral));
  };
  const moved = readAt(images, placesOf(rows, valuesOf, pipe), { isTilted: isIn(pipe, 'turn') });
  if (!isIn(pipe, 'hue')) return moved;
  const grey = add(mul(moved, 1 / half), -middle / half);
  return add(mul(coloured(grey, valuesOf), half), middle);
}

/** An affine map of the plane: where its axes and its origin go, each `[batch, 2]` as (x, y). */
interface Places {
  readonly x: Sym;
  readonly y: Sym;
  readonly origin: Sym;
}

type ValuesOf = (name: AugmentationName) => readonly Sym[];

/** From places in the result to places in the image, both from the middle in pixels: the inverse of what happens to images. */
function placesOf(rows: Sym, valuesOf: ValuesOf, pipe: Pipe): Places {
  const pair = (values: readonly number[]): Sym => table(rows, values, [1, 2]);
  const scaled = (by: Sym, also: Sym | number = 1): void => {
    places = { ...places, x: mul(places.x, by), y: mul(places.y, also) };
  };
  const turned = ([cosine, sine]: readonly Sym[]): void => {
    const { x, y } = places;
    const [c, s] = [cosine as Sym, sine as Sym];
    places = { ...places, x: add(mul(x, c), mul(y, s)), y: sub(mul(y, c), mul(x, s)) };
  };
  const shifted = ([right, down]: readonly Sym[]): void => {
    const { x, y, origin } = places;
    places = { ...places, origin: add(origin, add(mul(x, right as Sym), mul(y, down as Sym))) };
  };
  let places: Places = { x: pair([1, 0]), y: pair([0, 1]), origin: pair([0, 0]) };
  const [flip] = valuesOf('flip') as [Sym];
  scaled(flip);
  turned(valuesOf('quarter'));
  shifted(valuesOf('shift'));
  if (!isIn(pipe, 'turn')) return places;
  const [scale] = valuesOf('scale') as [Sym];
  scaled(scale, scale);
  turned(valuesOf('turn'));
  const [stretch] = valuesOf('stretch') as [Sym];
  scaled(stretch, div(1, stretch));
  turned(valuesOf('turnAgain'));
  shifted(valuesOf('drift'));
  return places;
}

/** Reads images at affine places in two passes, along the height and then along the width. @param options whether axes may tilt. */
function readAt(images: Sym, { x, y, origin }: Places, { isTilted }: { readonly isTilted: boolean }): Sym {
  const [batch, , side] = images.shape as readonly [number, number, number, number];
  const across = (vector: Sym): Sym => slice(vector, 1, 0, 1);
  const down = (vector: Sym): Sym => slice(vector, 1, 1, 1);
  // Where the width of the result runs along the height of the image, the image is laid on its side first.
  const lies = greater(abs(down(x)), abs(across(x)));
  const source = where(reshape(lies, [batch, 1, 1, 1]), transpose(images, [0, 1, 3, 2]), images);
  const pick = (vector: Sym): { readonly along: Sym; readonly aside: Sym } => ({
    along: where(lies, down(vector), across(vector)),
    aside: where(lies, across(vector), down(vector)),
  });
  // along = a·u + b·v + c and aside = d·u + e·v + f, for u right and v down in the result.
  const [ofU, ofV, ofOrigin] = [pick(x), pick(y), pick(origin)];
  const middle = (side - 1) / 2;
  const line = (shape: readonly number[]): Sym =>
    table(
      images,
      Array.from({ length: side }, (_, i) => i - middle),
      shape,
    );
  const spread = (factor: Sym): Sym => reshape(factor, [batch, 1, 1]);
  const alongLast = line([1, 1, side]);
  const alongRows = line([1, side, 1]);
  // First pass: for a column at w = a·u + b·v + c of the image and a row v of the result, aside = (d/a)·w + (e − b·d/a)·v + f − c·d/a.
  const slant = mul(ofU.aside, div(1, ofU.along));
  const rest = (factor: { readonly along: Sym; readonly aside: Sym }): Sym =>
    spread(sub(factor.aside, mul(slant, factor.along)));
  const upright = add(mul(rest(ofV), alongLast), rest(ofOrigin));
  const first = isTilted ? add(mul(spread(slant), alongRows), upright) : upright;
  const between = transpose(
    readAlongWidth(transpose(source, [0, 1, 3, 2]), mirrored(add(first, middle), side)),
    [0, 1, 3, 2],
  );
  const level = add(mul(spread(ofU.along), alongLast), spread(ofOrigin.along));
  const second = isTilted ? add(level, mul(spread(ofV.along), alongRows)) : level;
  return readAlongWidth(between, mirrored(add(second, middle), side));
}

/** Places outside [0, side − 1] mirrored at its ends, once; what is farther lies at the first pixel. */
function mirrored(places: Sym, side: number): Sym {
  const last = side - 1;
  return relu(sub(last, abs(sub(last, abs(places)))));
}

/** Colours of images around grey 0: lightness is the mean over channels, colour what is beside it. */
function coloured(images: Sym, valuesOf: ValuesOf): Sym {
  const perImage = (value: Sym): Sym => reshape(value, [value.shape[0] as number, 1, 1, 1]);
  const one = (name: AugmentationName): Sym => perImage(valuesOf(name)[0] as Sym);
  const [brightness, contrast, turnedOver] = [one('brightness'), one('contrast'), one('lightness')];
  const channels = images.shape[1] as number;
  const lightness = channels === 1 ? images : mean(images, [1], { keepDims: true });
  const lit = mul(add(lightness, brightness), mul(contrast, turnedOver));
  if (channels === 1) return lit;
  const colour = sub(images, lightness);
  const strength = mul(contrast, one('saturation'));
  if (channels !== 3) return add(lit, mul(colour, strength));
  const [cosine, sine] = valuesOf('hue').map(perImage) as [Sym, Sym];
  return add(lit, mul(add(mul(colour, cosine), mul(besideGrey(colour), sine)), strength));
}

/** (1, 1, 1)/√3 × colour: the colour a quarter turn of hue away. */
function besideGrey(colour: Sym): Sym {
  const [red, green, blue] = [0, 1, 2].map((channel) => slice(colour, 1, channel, 1)) as [Sym, Sym, Sym];
  return mul(concat([sub(blue, green), sub(red, blue), sub(green, red)], 1), 1 / Math.sqrt(3));
}
