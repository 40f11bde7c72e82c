import type { Side } from '@gansweep/domain';
import type { Network } from './networks/network.ts';
import type { ParameterSpec } from './parameters.ts';

/** Networks whose weights the optimiser of a letter moves: its own; that of an encoder moves the generator's behind it. */
export function networksMovedBy(side: Side): readonly Side[] {
  return side === 'E' ? ['E', 'G'] : [side];
}

/** Parameters that the optimiser of a letter moves, in the order of its vectors. */
export function movedBy(networks: ReadonlyMap<Side, Network>, side: Side): readonly ParameterSpec[] {
  return networksMovedBy(side).flatMap((moved) => networks.get(moved)?.parameters ?? []);
}
