import { add, gradients, mean, mul, type Sym, sqrt, square, sub, sum } from '@gansweep/program/browser';

const everything = (x: Sym): readonly number[] => x.shape.map((_, axis) => axis);

/** Weight that a new mean has in the running mean of path lengths. */
const MOVE = 0.01;

/**
 * mean ‖∇ₓ D(x)‖² over a batch of reals, the norm taken over each sample: R1 without its weight γ/2.
 * @param logits `[batch, 1]` of the samples. @returns a symbolic scalar.
 * @see Mescheder et al. (2018), eq. 9, arXiv:1801.04406
 */
export function gradientEnergy(logits: Sym, samples: Sym): Sym {
  const [slopes] = gradients(sum(logits, [0, 1]), [samples]) as [Sym];
  return mul(sum(square(slopes), everything(slopes)), 1 / (samples.shape[0] as number));
}

/**
 * How far a step in w moves the image: ‖Jᵀy‖ for a normal image y of each sample, J being the image's derivative by the
 * style, its mean square taken over layers; and mean (length − a)² with the running mean a of lengths, after its move.
 * @param images `[batch, channels, height, width]`. @param styles `[batch, layers, width]` that they were made of.
 * @param directions y, normal and divided by √(height · width). @param average a, `[1]`.
 * @see Karras et al. (2020), eq. 4, arXiv:1912.04958
 */
export function pathLengths(
  { images, styles }: { readonly images: Sym; readonly styles: Sym },
  { directions, average }: { readonly directions: Sym; readonly average: Sym },
): { readonly length: Sym; readonly penalty: Sym; readonly average: Sym } {
  const [slopes] = gradients(sum(mul(images, directions), everything(images)), [styles]) as [Sym];
  const lengths = sqrt(add(mean(sum(square(slopes), [2]), [1]), 1e-12));
  const length = mean(lengths, [0]);
  const moved = add(average, mul(sub(length, average), MOVE));
  return { length, penalty: mean(square(sub(lengths, moved)), [0]), average: moved };
}
