/** GANSWEEP_PLUGINS=sweeps/plugins adds the loss `plugin:focal`; `gansweep plugin check sweeps/plugins` tries its gradients. */

/** −(1 − p)^γ log p of σ(l) = p, as a mean over the batch. @see Lin et al. (2017), eq. 4, arXiv:1708.02002 */
const focal = (logits, { exp, mean, mul, neg, softplus }, gamma) =>
  mean(mul(exp(neg(mul(gamma, softplus(logits)))), softplus(neg(logits))), [0, 1]);

export const losses = [
  {
    name: 'focal',
    doc: 'Focal loss: images that D, or G, gets right count little.',
    fields: (z) => ({
      gamma: z.number().min(0).max(5).default(2).describe('How little they count; 0 is non-saturating.'),
    }),
    discriminator: ({ real, fake }, operations, { gamma }) =>
      operations.add(focal(real, operations, gamma), focal(operations.neg(fake), operations, gamma)),
    generator: (fake, operations, { gamma }) => focal(fake, operations, gamma),
  },
];
