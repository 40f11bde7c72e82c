import { type Executor, FORESEEN_EXECUTORS, memoryOfProgram, type Program, sizeOf } from '@gansweep/program';

/** A program would not fit; the message says what it needs, what there is, and how to mend it. */
export class NotEnoughMemory extends Error {
  override readonly name = 'NotEnoughMemory';
}

const MIB = 2 ** 20;
/** As many iterations as calls have from which on memory does not grow with them, but for inputs and outputs. */
const STEPS = 3;
/** More than the code of any program takes. */
const CODE_BYTES = 64 * MIB;
const FLOAT_BYTES = 4;

/**
 * The executor, which refuses a program that would not fit before anything of it is allocated; else the system would end
 * the process later, with every run in it. Executors whose memory is not foreseen stay as they are.
 */
export function withinMemory(executor: Executor, available: () => number): Executor {
  const name = FORESEEN_EXECUTORS.find((one) => one === executor.name);
  if (!name) return executor;
  return {
    ...executor,
    load: async (program) => {
      const left = available();
      if (!certainlyFits(program, left)) {
        const { total } = memoryOfProgram(program, { executor: name, steps: STEPS });
        if (total > left)
          throw new NotEnoughMemory(
            `the step needs ${inMib(total)} MiB of memory on ${name}, and ${inMib(left)} MiB are available here; take a smaller batch, width or resolution, fewer slots (GANSWEEP_SLOTS), or a worker with more memory`,
          );
      }
      return executor.load(program);
    },
  };
}

/** Whether every result could be kept beside every other; quicker to tell than what is really needed. */
function certainlyFits({ nodes, states }: Program, bytes: number): boolean {
  const all = [...nodes, ...states, ...states, ...states].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return CODE_BYTES + 4 * FLOAT_BYTES * all < bytes;
}

const inMib = (bytes: number): string => Math.ceil(bytes / MIB).toLocaleString('en-GB');
