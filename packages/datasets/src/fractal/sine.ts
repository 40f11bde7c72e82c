const HALF_TURNS = 1 / Math.PI;
/** π in two parts, the first of 33 bits, so that its small multiples are exact. */
const PI_HIGH = 3.1415926534682512;
const PI_LOW = 1.2154201013012384e-10;
/** 1.5 · 2⁵²: what is added to it is rounded to a whole number. */
const TO_WHOLE = 6_755_399_441_055_744;

const [S3, S5, S7, S9] = [-1 / 6, 1 / 120, -1 / 5_040, 1 / 362_880];
const [S11, S13, S15] = [-1 / 39_916_800, 1 / 6_227_020_800, -1 / 1_307_674_368_000];
const [S17, S19, S21] = [1 / 355_687_428_096_000, -1 / 121_645_100_408_832_000, 1 / 51_090_942_171_709_440_000];

/**
 * sin x for |x| < 1,000 to 10⁻¹⁵, by additions and multiplications alone: the nearest multiple of π is taken away, and the
 * power series does the rest. Orbits of a chaotic map are other ones where a single bit differs, and `Math.sin` may differ
 * between engines; this may not.
 */
export function sine(x: number): number {
  const turns = x * HALF_TURNS + TO_WHOLE - TO_WHOLE;
  const r = x - turns * PI_HIGH - turns * PI_LOW;
  const z = r * r;
  const high = S13 + z * (S15 + z * (S17 + z * (S19 + z * S21)));
  const series = S3 + z * (S5 + z * (S7 + z * (S9 + z * (S11 + z * high))));
  return (1 - 2 * (turns & 1)) * (r + r * z * series);
}
