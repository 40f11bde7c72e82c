/** One plane of numbers, `[height, width]`. */
export interface Plane {
  readonly height: number;
  readonly width: number;
  readonly data: Float64Array;
}

/** Binomial filter, in both directions: 25 taps that sum to 1. */
const TAPS = [1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16] as const;

/**
 * Laplacian pyramid: each level but the last holds what its picture, halved and enlarged again, has lost; the last is the
 * smallest picture. Borders are mirrored without repeating the edge.
 * @param smallest side below which no picture is halved. @returns levels from the finest, each half the one before.
 * @see Burt and Adelson (1983), IEEE Trans. Communications 31; filter and borders of tkarras/progressive_growing_of_gans.
 */
export function laplacianPyramid(plane: Plane, smallest: number): readonly Plane[] {
  const halved = { height: Math.floor(plane.height / 2), width: Math.floor(plane.width / 2) };
  if (plane.height % 2 !== 0 || plane.width % 2 !== 0 || Math.min(halved.height, halved.width) < smallest)
    return [plane];
  const small = half(plane);
  const large = twice(small);
  return [
    { ...plane, data: plane.data.map((value, i) => value - (large.data[i] as number)) },
    ...laplacianPyramid(small, smallest),
  ];
}

/** Sides of the levels of a pyramid, without making it. */
export function pyramidSides(side: number, smallest: number): readonly number[] {
  return side % 2 !== 0 || side / 2 < smallest ? [side] : [side, ...pyramidSides(side / 2, smallest)];
}

/** Filters, and keeps every second row and column. */
function half(plane: Plane): Plane {
  const filtered = filter(plane);
  const [height, width] = [plane.height / 2, plane.width / 2];
  const data = new Float64Array(height * width);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) data[y * width + x] = filtered[2 * y * plane.width + 2 * x] as number;
  return { height, width, data };
}

/** Puts zeros between rows and columns, filters, and makes up for the zeros. */
function twice(plane: Plane): Plane {
  const [height, width] = [2 * plane.height, 2 * plane.width];
  const data = new Float64Array(height * width);
  for (let y = 0; y < plane.height; y++)
    for (let x = 0; x < plane.width; x++) data[2 * y * width + 2 * x] = 4 * (plane.data[y * plane.width + x] as number);
  return { height, width, data: filter({ height, width, data }) };
}

function filter({ height, width, data }: Plane): Float64Array {
  const across = new Float64Array(data.length);
  const out = new Float64Array(data.length);
  for (let x = 0; x < width; x++) {
    const from = TAPS.map((_, k) => mirrored(x + k - 2, width));
    for (let y = 0; y < height; y++) {
      let sum = 0;
      for (let k = 0; k < 5; k++) sum += (TAPS[k] as number) * (data[y * width + (from[k] as number)] as number);
      across[y * width + x] = sum;
    }
  }
  for (let y = 0; y < height; y++) {
    const from = TAPS.map((_, k) => mirrored(y + k - 2, height) * width);
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let k = 0; k < 5; k++) sum += (TAPS[k] as number) * (across[(from[k] as number) + x] as number);
      out[y * width + x] = sum;
    }
  }
  return out;
}

/** −1 is 1, `length` is `length − 2`: the edge is not repeated. */
function mirrored(position: number, length: number): number {
  if (length === 1) return 0;
  const last = length - 1;
  const within = Math.abs(position) % (2 * last);
  return within > last ? 2 * last - within : within;
}
