import { type Configuration, factsOf, type Side } from '@gansweep/domain';
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

/** True where G's updates see the fakes of D's last one instead of fresh ones, as auto-encoders were published. */
export function sharesNoise({ model }: Pick<Configuration, 'model'>): boolean {
  return factsOf(model).networks.includes('E');
}
