import { conv2d, conv2dTranspose, pad, type Sym, upsampleNearest } from '@gansweep/program/browser';

/** Half the side: a convolution of stride 2 whose kernel `[out, in, k, k]` may have any side. `[batch, out, h / 2, w / 2]`. */
export function halve(x: Sym, kernel: Sym): Sym {
  return conv2d(x, kernel, { stride: 2, padding: paddingOf(kernel) });
}

/** Twice the side, by a transposed convolution of stride 2; kernel `[in, out, k, k]`. */
export function doubleTransposed(x: Sym, kernel: Sym): Sym {
  const side = kernel.shape[2] as number;
  return conv2dTranspose(x, kernel, { stride: 2, padding: paddingOf(kernel), ...(side % 2 === 1 ? { extra: 1 } : {}) });
}

/**
 * Twice the side, every pixel four times and then convolved; kernel `[out, in, k, k]`.
 * @see Odena et al. (2016), https://distill.pub/2016/deconv-checkerboard
 */
export function doubleNearest(x: Sym, kernel: Sym): Sym {
  return convolve(upsampleNearest(x, 2), kernel);
}

/** The same side; an even kernel sees one pixel more after than before. Kernel `[out, in, k, k]`. */
export function convolve(x: Sym, kernel: Sym): Sym {
  const side = kernel.shape[2] as number;
  const before = Math.floor((side - 1) / 2);
  if (side % 2 === 1) return conv2d(x, kernel, { stride: 1, padding: before });
  return conv2d(pad(pad(x, 2, before, before + 1), 3, before, before + 1), kernel, { stride: 1, padding: 0 });
}

/** Zeros around an image whose side a stride of 2 is to halve or to double exactly. */
function paddingOf(kernel: Sym): number {
  return Math.floor(((kernel.shape[2] as number) - 1) / 2);
}
