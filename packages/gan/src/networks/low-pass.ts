/** Modified Bessel function of the first kind and order 0, by its power series. */
function besselI0(x: number): number {
  let [term, total] = [1, 1];
  for (let k = 1; term > 1e-17 * total; k++) {
    term *= (x / (2 * k)) ** 2;
    total += term;
  }
  return total;
}

/** β of a Kaiser window for a filter of so many taps and a transition band, as a share of half the sampling rate. */
function kaiserBeta(taps: number, transition: number): number {
  const attenuation = 2.285 * (taps - 1) * Math.PI * transition + 7.95;
  if (attenuation > 50) return 0.1102 * (attenuation - 8.7);
  if (attenuation > 21) return 0.5842 * (attenuation - 21) ** 0.4 + 0.07886 * (attenuation - 21);
  return 0;
}

/**
 * A low-pass filter: a sinc under a Kaiser window, taps that sum to 1.
 * @param taps how many. @param cutoff, halfWidth of the transition band and rate in one unit, such as cycles per image.
 * @see Kaiser (1974); Oppenheim, Schafer, Discrete-Time Signal Processing, section 7.5.3
 */
export function lowPass(
  taps: number,
  { cutoff, halfWidth, rate }: { readonly cutoff: number; readonly halfWidth: number; readonly rate: number },
): readonly number[] {
  if (taps === 1) return [1];
  const beta = kaiserBeta(taps, (2 * halfWidth) / (rate / 2));
  const middle = (taps - 1) / 2;
  const pass = (2 * cutoff) / rate;
  const response = Array.from({ length: taps }, (_, i) => {
    const x = Math.PI * pass * (i - middle);
    const sinc = x === 0 ? 1 : Math.sin(x) / x;
    return sinc * besselI0(beta * Math.sqrt(1 - ((i - middle) / middle) ** 2));
  });
  const total = response.reduce((sum, x) => sum + x, 0);
  return response.map((x) => x / total);
}
