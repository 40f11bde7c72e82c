import { type Configuration, factsOf } from '@gansweep/domain';
import { oneHot, reshape, type Sym, slice, type Tracer } from '@gansweep/program/browser';
import type { SampleShape } from './networks/network.ts';

/** Whether a model is told the class of what it makes and judges. */
export function isConditional({ model }: Pick<Configuration, 'model'>): boolean {
  return factsOf(model).condition === 'classes';
}

/** Number of classes that a conditional model is told of; 0 for all others. @throws Error when the data have none. */
export function classesOf(configuration: Configuration, shape: SampleShape): number {
  if (!isConditional(configuration)) return 0;
  if (shape.kind !== 'images' || shape.classCount === undefined)
    throw new Error(`${configuration.model} needs images with classes`);
  return shape.classCount;
}

/** What a pass is told beside its input; nothing where the model takes no condition. */
export type Condition = { readonly condition?: Sym };

/**
 * Classes of the samples of each update as an input `[updates, batch]` of class numbers, which networks get as rows
 * `[batch, classes]` of one 1 each.
 */
export function classInput(
  tracer: Tracer,
  configuration: Configuration,
  shape: SampleShape,
  { name, updates }: { readonly name: string; readonly updates: number },
): (update: number) => Condition {
  const classes = classesOf(configuration, shape);
  if (classes === 0) return () => ({});
  const { batch } = configuration;
  const numbers = tracer.input(name, [updates, batch]);
  return (update) => ({ condition: oneHot(reshape(slice(numbers, 0, update, 1), [batch]), classes) });
}

/** Uniform numbers in (0, 1) as class numbers, in place. */
export function toClasses(uniforms: Float32Array, classes: number): Float32Array {
  for (let i = 0; i < uniforms.length; i++)
    uniforms[i] = Math.min(Math.floor((uniforms[i] as number) * classes), classes - 1);
  return uniforms;
}
