import type { MemoryParts } from '../../cost-of-program.ts';
import type { Program } from '../../program.ts';
import { sizeOf } from '../../shape.ts';

const BYTES = 8;

/** Memory of a program in the reference executor, which keeps every result of a step, in float64. */
export function memoryOfReference(program: Program): MemoryParts {
  const states = program.states.reduce((bytes, { shape }) => bytes + 2 * BYTES * sizeOf(shape), 0);
  const kept = program.nodes.filter(({ primitive }) => primitive !== 'state' && primitive !== 'reshape');
  return { states, results: kept.reduce((bytes, { shape }) => bytes + BYTES * sizeOf(shape), 0), code: 0, shared: 0 };
}
