import { reshape, type Sym, slice } from '@gansweep/program/browser';
import { adapted } from '../augmentation/probability.ts';
import { type Iteration, note } from './iteration.ts';

/** After an update of D: p is recorded, and moved where it is due. */
export function adaptAugmentation(iteration: Iteration, realLogits: Sym): void {
  const { state, scalar } = iteration;
  const ada = state.get('ada');
  if (!ada) return;
  note(iteration, 'adaP', reshape(slice(ada, 0, 0, 1), []));
  state.set('ada', adapted(ada, realLogits, { target: scalar('adaTarget'), step: scalar('adaStep') }));
}
