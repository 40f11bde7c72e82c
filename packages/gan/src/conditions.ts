import { type Configuration, isConditional } from '@gansweep/domain';
import { matMul, oneHot, reshape, type Sym, slice, type Tracer } from '@gansweep/program/browser';
import type { SampleShape } from './networks/network.ts';

/**
 * Number of classes that a conditional model is told of, or of images with vectors where the data have no classes; 0 for all
 * others. @throws Error when the data have neither.
 */
export function classesOf(configuration: Configuration, shape: SampleShape): number {
  if (!isConditional(configuration)) return 0;
  const count = shape.kind === 'images' ? (shape.classCount ?? shape.vectorTable?.count) : undefined;
  if (count === undefined) throw new Error(`${configuration.model} needs images with classes or vectors`);
  return count;
}

/** Numbers that a conditional model gets of each sample: as many as there are classes, or as a vector has; 0 for all others. */
export function conditionWidth(configuration: Configuration, shape: SampleShape): number {
  const classes = classesOf(configuration, shape);
  return hasTable(configuration, shape) ? shape.vectorTable.length : classes;
}

/** Whether a model is told vectors, which its programs have as the state `told`, `[count · length]`, that never changes. */
export function hasTable(
  configuration: Configuration,
  shape: SampleShape,
): shape is Extract<SampleShape, { kind: 'images' }> &
  Required<Pick<Extract<SampleShape, { kind: 'images' }>, 'vectorTable'>> {
  return (
    isConditional(configuration) && shape.kind === 'images' && !shape.classCount && shape.vectorTable !== undefined
  );
}

/** Declares that state where there is one. */
export function declareTable(tracer: Tracer, configuration: Configuration, shape: SampleShape): Sym | null {
  return hasTable(configuration, shape)
    ? tracer.state('told', [shape.vectorTable.count * shape.vectorTable.length])
    : null;
}

/**
 * What networks are told, `[n, width]`, by numbers `[n]`: rows of one 1 each for classes, rows of the table for vectors.
 * @param table of `declareTable`.
 */
export function toldRows(
  numbers: Sym,
  {
    configuration,
    shape,
    table,
  }: { readonly configuration: Configuration; readonly shape: SampleShape; readonly table: Sym | null },
): Sym {
  const classes = classesOf(configuration, shape);
  const rows = oneHot(numbers, classes);
  return table ? matMul(rows, reshape(table, [classes, conditionWidth(configuration, shape)])) : rows;
}

/** What a pass is told beside its input; nothing where the model takes no condition. */
export type Condition = { readonly condition?: Sym };

/**
 * What the samples of each update are told, by an input `[updates, batch]` of numbers of classes, or of images whose vectors
 * they are.
 */
export function classInput(
  {
    tracer,
    configuration,
    state,
  }: { readonly tracer: Tracer; readonly configuration: Configuration; readonly state: ReadonlyMap<string, Sym> },
  shape: SampleShape,
  { name, updates }: { readonly name: string; readonly updates: number },
): (update: number) => Condition {
  if (classesOf(configuration, shape) === 0) return () => ({});
  const { batch } = configuration;
  const numbers = tracer.input(name, [updates, batch]);
  const table = state.get('told') ?? null;
  return (update) => ({
    condition: toldRows(reshape(slice(numbers, 0, update, 1), [batch]), { configuration, shape, table }),
  });
}

/** Uniform numbers in (0, 1) as class numbers, in place. */
export function toClasses(uniforms: Float32Array, classes: number): Float32Array {
  for (let i = 0; i < uniforms.length; i++)
    uniforms[i] = Math.min(Math.floor((uniforms[i] as number) * classes), classes - 1);
  return uniforms;
}
