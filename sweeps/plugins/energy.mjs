/** GANSWEEP_PLUGINS=sweeps/plugins adds the metric `plugin:energy` of points of the plane; smaller is better. */

/** Mean distance to a power between points of two lists `[n, 2]`, each with the next ones of the other in turn. */
function meanDistance(a, b, { pairs, exponent }) {
  const [n, m] = [a.length / 2, b.length / 2];
  let sum = 0;
  for (let k = 0; k < pairs; k++) {
    const i = k % n;
    const j = (i + 1 + Math.floor(k / n)) % m;
    sum += Math.hypot(a[2 * i] - b[2 * j], a[2 * i + 1] - b[2 * j + 1]) ** exponent;
  }
  return sum / pairs;
}

export const metrics = [
  {
    name: 'energy',
    doc: 'Energy distance, 2 E|X − Y| − E|X − X′| − E|Y − Y′|. Székely and Rizzo (2013).',
    on: 'points',
    fields: (z) => ({
      exponent: z.number().min(0.1).max(1.9).default(1).describe('Power of the distances.'),
      pairs: z.int().min(100).max(200_000).default(100_000).describe('Pairs of points looked at.'),
    }),
    measure: ({ real, fake }, fields) =>
      2 * meanDistance(real.data, fake.data, fields) -
      meanDistance(real.data, real.data, fields) -
      meanDistance(fake.data, fake.data, fields),
  },
];
