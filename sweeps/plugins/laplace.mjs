/** GANSWEEP_PLUGINS=sweeps/plugins adds the noise law `plugin:laplace`: heavier tails than the normal law's. */

/** Where a share of Laplace's law with deviation 1 lies: its quantile. */
const quantile = (share) => (share < 0.5 ? Math.log(2 * share) : -Math.log(2 * (1 - share))) / Math.SQRT2;

export const noiseLaws = [
  {
    name: 'laplace',
    doc: 'Independent numbers of Laplace’s law around 0.',
    fields: (z) => ({
      deviation: z.number().min(0.01).max(100).default(1).describe('Standard deviation of each number.'),
    }),
    place: (shares, { deviation }) => shares.map((share) => deviation * quantile(share)),
  },
];
