import { add, div, moments, mul, reshape, type Sym, sqrt, sub } from '@gansweep/program/browser';
import type { ParameterSpec } from '../parameters.ts';
import { type Pass, tensorNamed } from './network.ts';

/** Scale N(1, deviation²), which is .02 in DCGAN, and bias 0 of `channels` maps. */
export function batchNormParameters(
  name: string,
  channels: number,
  { deviation = 0.02 }: { readonly deviation?: number } = {},
): ParameterSpec[] {
  return [
    {
      name: `${name}.scale`,
      shape: [channels],
      initial: deviation === 0 ? { kind: 'constant', value: 1 } : { kind: 'normal', mean: 1, deviation },
    },
    { name: `${name}.bias`, shape: [channels], initial: { kind: 'constant', value: 0 } },
  ];
}

/** Running mean (0) and variance (1) of `channels` maps. */
export function batchNormStatistics(name: string, channels: number): ParameterSpec[] {
  return [
    { name: `${name}.mean`, shape: [channels], initial: { kind: 'constant', value: 0 } },
    { name: `${name}.variance`, shape: [channels], initial: { kind: 'constant', value: 1 } },
  ];
}

/**
 * Batch normalisation of `[batch, channels, height, width]` over batch and pixels, or of `[batch, channels]` over the batch.
 * Training divides by the biased
 * variance and moves the running statistics by the unbiased one, `momentum` being the weight of the new batch.
 * @see Ioffe, Szegedy (2015), algorithm 1, arXiv:1502.03167
 */
export function batchNorm(
  x: Sym,
  pass: Pass,
  { name, epsilon, momentum }: { readonly name: string; readonly epsilon: number; readonly momentum: number },
): { readonly output: Sym; readonly statistics: ReadonlyMap<string, Sym> } {
  const channels = x.shape[1] as number;
  const perChannel = (vector: Sym): Sym =>
    reshape(
      vector,
      x.shape.map((_, axis) => (axis === 1 ? channels : 1)),
    );
  const scale = perChannel(tensorNamed(pass.parameters, `${name}.scale`));
  const bias = perChannel(tensorNamed(pass.parameters, `${name}.bias`));
  const runningMean = tensorNamed(pass.statistics, `${name}.mean`);
  const runningVariance = tensorNamed(pass.statistics, `${name}.variance`);
  if (pass.mode === 'sample') {
    const factor = div(scale, sqrt(add(perChannel(runningVariance), epsilon)));
    return { output: add(mul(sub(x, perChannel(runningMean)), factor), bias), statistics: pass.statistics };
  }
  const over = x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  const count = over.reduce((n, axis) => n * (x.shape[axis] as number), 1);
  const { mean: centre, centred, variance } = moments(x, over);
  const factor = div(scale, sqrt(add(variance, epsilon)));
  const moved = (running: Sym, now: Sym): Sym =>
    add(mul(running, 1 - momentum), mul(reshape(now, [channels]), momentum));
  return {
    output: add(mul(centred, factor), bias),
    statistics: new Map([
      [`${name}.mean`, moved(runningMean, centre)],
      [`${name}.variance`, moved(runningVariance, mul(variance, count / Math.max(count - 1, 1)))],
    ]),
  };
}

/** How a configuration has its batches normalised. */
export type NormSettings =
  | { readonly batchNorm: false }
  | { readonly batchNorm: true; readonly bnEps: number; readonly bnMomentum: number };

/** Batch normalisation as a configuration says, its statistics put beside the others of the pass; without it, x. */
export function normalised(
  x: Sym,
  pass: Pass,
  {
    name,
    settings,
    statistics,
  }: { readonly name: string; readonly settings: NormSettings; readonly statistics: Map<string, Sym> },
): Sym {
  if (!settings.batchNorm) return x;
  const normed = batchNorm(x, pass, { name, epsilon: settings.bnEps, momentum: settings.bnMomentum });
  for (const [statistic, value] of normed.statistics) statistics.set(statistic, value);
  return normed.output;
}
