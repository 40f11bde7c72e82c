import { randomStream } from '@gansweep/domain';
import { reshape, type Shape, type Sym, sizeOf, split } from '@gansweep/program/browser';

/** Law of a parameter's initial values. */
export type Initial =
  | { readonly kind: 'normal'; readonly mean: number; readonly deviation: number }
  | { readonly kind: 'constant'; readonly value: number };

/** One tensor inside a network's flat vector. */
export interface ParameterSpec {
  /** For people: `block2.conv.weight`. */
  readonly name: string;
  readonly shape: Shape;
  readonly initial: Initial;
}

/** Elements of all parameters together: the length of the flat vector. */
export function totalSize(specs: readonly ParameterSpec[]): number {
  return specs.reduce((total, { shape }) => total + sizeOf(shape), 0);
}

/** The tensors inside a flat symbolic vector `[totalSize]`, by name. */
export function unflatten(vector: Sym, specs: readonly ParameterSpec[]): ReadonlyMap<string, Sym> {
  if (specs.length === 0) return new Map();
  const parts = split(
    vector,
    specs.map(({ shape }) => sizeOf(shape)),
    0,
  );
  return new Map(specs.map(({ name, shape }, i) => [name, reshape(parts[i] as Sym, shape)]));
}

/**
 * Initial values of a network, `[totalSize]`: parameter i takes draw i of the stream, so that adding one at the end
 * leaves the others as they were.
 * @param firstDraw number of the draw of the first one.
 */
export function initialValues(
  specs: readonly ParameterSpec[],
  seed: number,
  stream: number,
  firstDraw = 0,
): Float32Array {
  const random = randomStream(seed, stream);
  const out = new Float32Array(totalSize(specs));
  let at = 0;
  specs.forEach(({ shape, initial }, draw) => {
    const part = out.subarray(at, at + sizeOf(shape));
    at += part.length;
    if (initial.kind === 'constant') {
      part.fill(initial.value);
      return;
    }
    const normals = new Float64Array(part.length);
    random.normals(firstDraw + draw, normals);
    for (let i = 0; i < part.length; i++) part[i] = initial.mean + initial.deviation * (normals[i] as number);
  });
  return out;
}
