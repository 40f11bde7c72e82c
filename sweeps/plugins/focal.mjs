/** GANSWEEP_PLUGINS=sweeps/plugins adds the loss `plugin:focal`; `gansweep plugin check sweeps/plugins` tries its gradients. */

/** −(1 − p)² log p of σ(l) = p, as a mean over the batch. @see Lin et al. (2017), eq. 4, arXiv:1708.02002 */
const focal = (logits, { mean, mul, neg, sigmoid, softplus, square }) =>
  mean(mul(square(sigmoid(neg(logits))), softplus(neg(logits))), [0, 1]);

export const losses = [
  {
    name: 'focal',
    doc: 'Focal loss with γ = 2: easy images count little, for D and for G.',
    discriminator: ({ real, fake }, operations) =>
      operations.add(focal(real, operations), focal(operations.neg(fake), operations)),
    generator: (fake, operations) => focal(fake, operations),
  },
];
