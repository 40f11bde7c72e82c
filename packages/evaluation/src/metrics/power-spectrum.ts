/** Shares of the power of a picture, its mean left out; 0 where there is none. */
export interface SpectrumShares {
  /** Above half of the highest frequency, as a radius. */
  readonly high: number;
  /** At the highest frequency of either axis; 0 where a side is odd, for lack of that frequency. */
  readonly highest: number;
}

/**
 * Makes the function that measures pictures `[height, width]`. The transform is separable: a fast one along sides that
 * are powers of two, sums otherwise. @see Cooley and Tukey (1965), Math. Comp. 19.
 */
export function spectrumShares(height: number, width: number): (picture: Float64Array) => SpectrumShares {
  const [alongRows, alongColumns] = [transformer(width), transformer(height)];
  const kinds = frequencyKinds(height, width);
  const [real, imaginary] = [new Float64Array(height * width), new Float64Array(height * width)];
  return (picture) => {
    const mean = picture.reduce((sum, value) => sum + value, 0) / picture.length;
    for (let i = 0; i < real.length; i++) real[i] = (picture[i] as number) - mean;
    imaginary.fill(0);
    for (let y = 0; y < height; y++) alongRows(real, imaginary, y * width, 1);
    for (let x = 0; x < width; x++) alongColumns(real, imaginary, x, width);
    let [total, high, highest] = [0, 0, 0];
    for (let i = 1; i < real.length; i++) {
      const power = (real[i] as number) ** 2 + (imaginary[i] as number) ** 2;
      total += power;
      const kind = kinds[i] as number;
      if (kind & HIGH) high += power;
      if (kind & HIGHEST) highest += power;
    }
    // Rounding leaves a flat picture with power of about 1e-28 a pixel.
    return total <= 1e-20 * real.length * real.length
      ? { high: 0, highest: 0 }
      : { high: high / total, highest: highest / total };
  };
}

const HIGH = 1;
const HIGHEST = 2;

function frequencyKinds(height: number, width: number): Uint8Array {
  const kinds = new Uint8Array(height * width);
  for (let v = 0; v < height; v++)
    for (let u = 0; u < width; u++) {
      const [fx, fy] = [Math.min(u, width - u) / width, Math.min(v, height - v) / height];
      const isHigh = Math.hypot(fx, fy) > 0.25;
      const isHighest = 2 * u === width || 2 * v === height;
      kinds[v * width + u] = (isHigh ? HIGH : 0) + (isHighest ? HIGHEST : 0);
    }
  return kinds;
}

/** Transforms `length` numbers in place, `step` apart from `start`. */
type Transformer = (real: Float64Array, imaginary: Float64Array, start: number, step: number) => void;

function transformer(length: number): Transformer {
  const cosines = Float64Array.from({ length }, (_, i) => Math.cos((2 * Math.PI * i) / length));
  const sines = Float64Array.from({ length }, (_, i) => -Math.sin((2 * Math.PI * i) / length));
  const isPower = (length & (length - 1)) === 0;
  const [a, b] = [new Float64Array(length), new Float64Array(length)];
  const [c, d] = [new Float64Array(length), new Float64Array(length)];
  return (real, imaginary, start, step) => {
    for (let i = 0; i < length; i++) {
      a[i] = real[start + i * step] as number;
      b[i] = imaginary[start + i * step] as number;
    }
    const [outA, outB] = isPower ? fast(a, b, c, d, cosines, sines) : slow(a, b, c, d, cosines, sines);
    for (let i = 0; i < length; i++) {
      real[start + i * step] = outA[i] as number;
      imaginary[start + i * step] = outB[i] as number;
    }
  };
}

type Parts = readonly [real: Float64Array, imaginary: Float64Array];

/** Stockham's order: no bits are reversed, both halves of a stage go to the other pair of arrays. */
function fast(
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  d: Float64Array,
  cosines: Float64Array,
  sines: Float64Array,
): Parts {
  const length = a.length;
  let [x, y, p, q] = [a, b, c, d];
  for (let half = length / 2, stride = 1; half >= 1; half /= 2, stride *= 2) {
    for (let i = 0; i < half; i++) {
      const [cosine, sine] = [cosines[i * stride] as number, sines[i * stride] as number];
      for (let k = 0; k < stride; k++) {
        const [one, two] = [k + stride * i, k + stride * (i + half)];
        const [xr, xi, yr, yi] = [x[one] as number, y[one] as number, x[two] as number, y[two] as number];
        const to = k + stride * 2 * i;
        p[to] = xr + yr;
        q[to] = xi + yi;
        p[to + stride] = (xr - yr) * cosine - (xi - yi) * sine;
        q[to + stride] = (xr - yr) * sine + (xi - yi) * cosine;
      }
    }
    [x, y, p, q] = [p, q, x, y];
  }
  return [x, y];
}

function slow(
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  d: Float64Array,
  cosines: Float64Array,
  sines: Float64Array,
): Parts {
  const length = a.length;
  for (let u = 0; u < length; u++) {
    let [real, imaginary] = [0, 0];
    for (let i = 0; i < length; i++) {
      const at = (u * i) % length;
      const [cosine, sine] = [cosines[at] as number, sines[at] as number];
      real += (a[i] as number) * cosine - (b[i] as number) * sine;
      imaginary += (a[i] as number) * sine + (b[i] as number) * cosine;
    }
    c[u] = real;
    d[u] = imaginary;
  }
  return [c, d];
}
