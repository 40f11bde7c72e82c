import type { Executor } from '../../executor.ts';
import { programOfLanes } from '../../lanes.ts';
import type { Program } from '../../program.ts';
import { createPack, type Pack, type PackTools } from './pack.ts';

/** Waiting costs a turn of the event loop at first, then a timer's tick, so that a long wait does not burn a core. */
const QUICK_TURNS = 8;
const turnOfProcess = (n: number): Promise<void> =>
  new Promise((resolve) => {
    if (n < QUICK_TURNS) setImmediate(resolve);
    else setTimeout(resolve, 1);
  });

/**
 * An executor whose loaded programs are lanes of packs: those of one `Program` are run by one call of the fused program
 * `programOfLanes`, up to `lanes` of them, more in further packs. To each of its users a lane is a program of its own; what
 * it computes does not depend on the others. Programs that update no state (generators, classifiers) are loaded as they are.
 * @param lanes of one pack at most, a power of two from 2; `turn` and `milliseconds` are for tests.
 */
export function packedExecutor(
  executor: Executor,
  {
    lanes,
    turn = turnOfProcess,
    milliseconds = () => performance.now(),
  }: { readonly lanes: number } & Partial<Pick<PackTools, 'turn' | 'milliseconds'>>,
): Executor {
  if (!Number.isInteger(Math.log2(lanes)) || lanes < 2)
    throw new RangeError(`a pack has a power of two of lanes from 2, not ${lanes}`);
  const packs = new WeakMap<Program, Set<Pack>>();
  const fused = new WeakMap<Program, Map<number, Program>>();
  const programOf = (program: Program, size: number): Program => {
    const sizes = fused.get(program) ?? new Map<number, Program>();
    fused.set(program, sizes);
    const known = sizes.get(size) ?? programOfLanes(program, size);
    sizes.set(size, known);
    return known;
  };
  return {
    name: executor.name,
    version: executor.version,
    device: `${executor.device}, packs of up to ${lanes}`,
    lanesPerCall: lanes,
    ...(executor.heldBytes !== undefined && { heldBytes: executor.heldBytes }),
    load: async (program) => {
      if (program.states.every(({ symbol, update }) => symbol === update)) return executor.load(program);
      const own = packs.get(program) ?? new Set<Pack>();
      packs.set(program, own);
      const open = [...own].find((pack) => pack.lanes() < lanes);
      if (open) return open.join();
      const pack = createPack(program, {
        load: (size) => executor.load(programOf(program, size)),
        turn,
        milliseconds,
        empty: () => own.delete(pack),
      });
      own.add(pack);
      return pack.join();
    },
  };
}
