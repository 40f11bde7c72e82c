/** GANSWEEP_PLUGINS=sweeps/plugins adds the law of the plane `plugin:moons`: two half circles that reach into one another. */

export const datasets = [
  {
    name: 'moons',
    doc: 'Two half circles of radius 1, the one upside down in the gap of the other.',
    kind: 'points',
    box: { low: -2, high: 3 },
    fields: (z) => ({
      spread: z.number().min(0).max(0.5).default(0.05).describe('Standard deviation around the half circles.'),
    }),
    point: ({ uniform, normals: [a, b] }, { spread }) => {
      const isUpper = uniform < 0.5;
      const angle = Math.PI * (2 * uniform - (isUpper ? 0 : 1));
      const [x, y] = [Math.cos(angle), Math.sin(angle)];
      return isUpper ? [x + spread * a, y + spread * b] : [1 - x + spread * a, 0.5 - y + spread * b];
    },
  },
];
