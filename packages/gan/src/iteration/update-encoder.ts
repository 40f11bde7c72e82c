import { add, mean, type Sym, sqrt, square, sub } from '@gansweep/program/browser';
import { correctionsOf, descend } from './descend.ts';
import { type Iteration, moveStatistics, parametersOf, passThrough } from './iteration.ts';

/**
 * One update of E and of G behind it: reals are encoded and decoded again. It moves the running statistics of both.
 * @param reals `[batch, channels, height, width]`, those of D's first update.
 */
export function updateEncoder(iteration: Iteration, reals: Sym): void {
  const parameters = { E: parametersOf(iteration, 'E'), G: parametersOf(iteration, 'G') };
  const corrections = correctionsOf(iteration, 'E', { updates: 1, counted: false });
  const encoded = passThrough(iteration, 'E', { input: reals, parameters: parameters.E, label: '' });
  moveStatistics(iteration, 'E', encoded.statistics);
  const decoded = passThrough(iteration, 'G', { input: encoded.output, parameters: parameters.G, label: ' for E' });
  moveStatistics(iteration, 'G', decoded.statistics);
  descend(iteration, 'E', {
    loss: encodingLoss({ reals, latents: encoded.output, decoded: decoded.output }),
    parameters: [parameters.E, parameters.G],
    corrections: corrections(0),
    frozen: null,
  });
}

/**
 * MSE(x, G(z)) + MSE(z, 0) + √MSE(z², 1) with z = E(x), means over everything: the terms of z are 1 at least, and 1 + √2
 * for z ~ N(0, I), so they do not ask for that law.
 * @param given `latents` `[batch, nz]`, `reals` and `decoded` of one shape. @see GAN-SDPC (G. Lucas)
 */
export function encodingLoss({
  reals,
  latents,
  decoded,
}: {
  readonly reals: Sym;
  readonly latents: Sym;
  readonly decoded: Sym;
}): Sym {
  const squares = square(latents);
  return add(add(meanSquare(sub(reals, decoded)), meanSquare(latents)), sqrt(meanSquare(sub(squares, 1))));
}

function meanSquare(x: Sym): Sym {
  return mean(
    square(x),
    x.shape.map((_, axis) => axis),
  );
}
