/** Pixels that the filter of a turn reads on either side, of pictures that are large enough. */
const REACH = 6;
/** So that a turn by quarters, whose places lie beside whole pixels by rounding alone, reads no tap more than it should. */
const SLACK = 1e-9;

interface Side {
  readonly height: number;
  readonly width: number;
}

/** A weighted sum of pixels: `[taps]` places in a plane, row by row, and their weights. */
export interface Taps {
  readonly places: Int32Array;
  readonly weights: Float64Array;
}

/** How a picture is turned, and how one that was turned already is filtered alike. */
export interface Turn {
  /** Pixels that know all they need from within the picture, each with the taps that make it of the picture as it was. */
  readonly pixels: readonly { readonly pixel: number; readonly turned: Taps }[];
  /** Taps of every one of these pixels in a picture that was turned, by their places from it. */
  readonly alike: Taps;
}

/** How far the filter of a turn reads; small pictures have a small one, so that some pixels know all they need. */
export function turnReach({ height, width }: Side): number {
  return Math.min(REACH, Math.min(height, width) / 2 - 1);
}

/**
 * A turn about the centre, clockwise by `angle` in radians. Frequencies that only one of the two grids of pixels can hold, that of the
 * picture and the turned one, are taken out of both sides. @throws RangeError below 4 pixels a side.
 * @see Karras et al. (2021), "Alias-free GANs", arXiv:2106.12423, appendix E.3
 */
export function turnOf(angle: number, side: Side): Turn {
  const { height, width } = side;
  const reach = turnReach(side);
  if (reach < 1) throw new RangeError(`pictures of ${height}×${width} pixels are too small to be turned`);
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  const filter = commonFilter(angle, reach);
  const isWithin = (x: number, y: number): boolean =>
    Math.min(x, y) - reach >= -1 - SLACK && x + reach <= width + SLACK && y + reach <= height + SLACK;
  const tapsAt = (x: number, y: number, weight: (dx: number, dy: number) => number): Taps => {
    const [left, top] = [x, y].map((at) => Math.ceil(at - reach + SLACK)) as [number, number];
    const [places, weights]: [number[], number[]] = [[], []];
    let total = 0;
    for (let row = top; row < y + reach - SLACK; row++)
      for (let column = left; column < x + reach - SLACK; column++) {
        if (Math.hypot(x - column, y - row) >= reach) continue;
        const value = weight(x - column, y - row);
        places.push(row * width + column);
        weights.push(value);
        total += value;
      }
    return { places: Int32Array.from(places), weights: Float64Array.from(weights, (value) => value / total) };
  };
  const pixels: { readonly pixel: number; readonly turned: Taps }[] = [];
  const back = (x: number, y: number): readonly [number, number] => [x * cosine + y * sine, y * cosine - x * sine];
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const [x, y] = back(column - middleX, row - middleY);
      if (!isWithin(column, row) || !isWithin(x + middleX, y + middleY)) continue;
      pixels.push({ pixel: row * width + column, turned: tapsAt(x + middleX, y + middleY, filter) });
    }
  return { pixels, alike: tapsAt(0, 0, (x, y) => filter(...back(x, y))) };
}

/**
 * The low-pass filter of what both grids of pixels can hold, by the place in pixels of the first: the transform of where two squares of
 * frequencies overlap, one of them turned, under the window sinc(r / reach).
 */
function commonFilter(angle: number, reach: number): (x: number, y: number) => number {
  // All edges of the overlap touch one circle; half of them stand for all, as it has a centre.
  const quarter = Math.PI / 2;
  const between = ((-angle % quarter) + quarter) % quarter;
  const edges = [0, 1].flatMap((turn) => [
    edgeOf(turn * quarter, { before: quarter - between, after: between }),
    edgeOf(turn * quarter + between, { before: between, after: quarter - between }),
  ]);
  return (x, y) => {
    const squares = x * x + y * y;
    const window = sinc(Math.sqrt(squares) / reach);
    let value = 0;
    for (const { normal, middle, length } of edges) {
      if (squares < SLACK ** 2) {
        value += HIGHEST * length;
        continue;
      }
      const across = normal[0] * x + normal[1] * y;
      const along = normal[0] * y - normal[1] * x;
      const phase = 2 * Math.PI * (HIGHEST * across + middle * along);
      value += (across * length * Math.sin(phase) * sinc(length * along)) / (Math.PI * squares);
    }
    return value * window;
  };
}

/** Highest frequency along an axis, in cycles a pixel: how far every edge lies from the centre. */
const HIGHEST = 0.5;

/** An edge by the direction of its normal and the angles to those of its neighbours. */
function edgeOf(direction: number, { before, after }: { readonly before: number; readonly after: number }) {
  const [from, to] = [-HIGHEST * Math.tan(before / 2), HIGHEST * Math.tan(after / 2)];
  return {
    normal: [Math.cos(direction), Math.sin(direction)],
    /** Along the edge, from where the normal meets it. */
    middle: (from + to) / 2,
    length: to - from,
  } as const;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
