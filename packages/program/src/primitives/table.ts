import { CONTRACTION_PRIMITIVES } from './contraction.ts';
import { CONVOLUTION_PRIMITIVES } from './convolution.ts';
import { ELEMENTWISE_PRIMITIVES } from './elementwise.ts';
import { HELD_PRIMITIVES } from './held-rows.ts';
import { LAYOUT_PRIMITIVES } from './layout.ts';
import type { Primitive } from './primitive.ts';
import { SELECTION_PRIMITIVES } from './selection.ts';

/** The language of programs: every primitive with its shape rule, gradient, reference kernel and lowering. */
export const PRIMITIVES: readonly Primitive[] = [
  ...LAYOUT_PRIMITIVES,
  ...ELEMENTWISE_PRIMITIVES,
  ...SELECTION_PRIMITIVES,
  ...CONTRACTION_PRIMITIVES,
  ...CONVOLUTION_PRIMITIVES,
  ...HELD_PRIMITIVES,
];

const byName = new Map(PRIMITIVES.map((primitive) => [primitive.name, primitive]));

/** @throws Error for a name that the table does not hold. */
export function primitiveNamed(name: string): Primitive {
  const primitive = byName.get(name);
  if (!primitive) throw new Error(`no primitive is called '${name}'`);
  return primitive;
}
