import { findOpenDataset, openDataset } from '@gansweep/datasets';
import { type Configuration, isFolderId, VECTOR_LENGTHS } from '@gansweep/domain';
import { planTraining, trainingProgram } from '@gansweep/gan';
import { costOfProgram, type Executor, FORESEEN_EXECUTORS, memoryOfProgram, type Program } from '@gansweep/program';
import type { DeviceCosts } from './device-costs.ts';
import { type PackChoice, type PackedProgram, packSize, type Queue } from './pack-size.ts';

/** What a slot asks its trainer before it claims: how many runs of this shape it should take. */
export interface PackInquiry extends Queue {
  readonly configuration: Configuration;
  /** Milliseconds of one statement to the record. */
  readonly statementMs: number;
  /** Most runs of a pack; null: what is usual. */
  readonly atMost: number | null;
}

export interface PackTools {
  readonly executorFor: (configuration: Configuration) => Executor;
  readonly costsOf: (executor: Executor) => Promise<DeviceCosts>;
  /** Folder of the decoded image sets. */
  readonly datasets: string;
  /** Bytes that this trainer may use. */
  readonly memory: () => number;
}

/** Claim, a report and the end. */
const STATEMENTS = 3;
/** Lanes that take turns: the reports of more would only come later. */
const TURNS_AT_MOST = 16;
/** Iterations of a call, as far as memory depends on them. */
const STEPS = 50;
const CONVOLUTIONS = new Set(['conv2d', 'conv2dTranspose', 'conv2dKernelGradient']);

/** The size of the next pack by what this device costs. A run that cannot be foreseen is taken alone, to say why itself. */
export async function choosePack(inquiry: PackInquiry, tools: PackTools): Promise<PackChoice> {
  const { configuration, statementMs, waiting, slots, alone } = inquiry;
  if ('trainer' in configuration) return takenAlone('a program of the user trains it, which has the slot for itself');
  const executor = tools.executorFor(configuration);
  const prepared = findOpenDataset(configuration, tools.datasets);
  if (prepared === null && isFolderId(configuration.dataset))
    return takenAlone('the first run on a folder of pictures is taken alone: they may have to be prepared first');
  if (prepared === null && VECTOR_LENGTHS[configuration.dataset] !== undefined)
    return takenAlone('the first run on fractals is taken alone: they may have to be made first, which takes a minute');
  let program: Program;
  try {
    const { train } = prepared ?? (await openDataset(configuration, { folder: tools.datasets }));
    program = trainingProgram(configuration, train, executor);
  } catch (error) {
    return takenAlone(`its program cannot be foreseen: ${error instanceof Error ? error.message : String(error)}`);
  }
  const convolutional = program.nodes.some(({ primitive }) => CONVOLUTIONS.has(primitive));
  // Not worth a measurement where nothing would be packed.
  const costs = convolutional && !executor.lanesPerCall ? null : await tools.costsOf(executor);
  const net = convolutional ? (costs?.convolutional ?? null) : (costs?.dense ?? null);
  const { nodes, flopsPerStep } = costOfProgram(program);
  const { iterations } = planTraining(configuration);
  const usual = executor.lanesPerCall ?? TURNS_AT_MOST;
  return packSize({
    attemptMs: (costs?.attemptMs ?? 0) + STATEMENTS * statementMs,
    net,
    program: { convolutional, nodes, flopsPerStep, steps: iterations, ...bytesOfRuns(program, net && executor) },
    memory: tools.memory(),
    queue: { waiting, slots, alone },
    atMost: Math.min(usual, inquiry.atMost ?? usual),
  });
}

/**
 * Memory of a pack's first run and of each further one, all of a claim being lanes of one process; nothing without an
 * executor. What TensorFlow will take on a GPU is not known: states three times, and live results.
 */
function bytesOfRuns(program: Program, on: Executor | null): Pick<PackedProgram, 'firstBytes' | 'furtherBytes'> {
  if (on === null) return { firstBytes: 0, furtherBytes: 0 };
  const executor = FORESEEN_EXECUTORS.find((one) => one === on.name);
  if (!executor) {
    const { stateBytes, peakLiveBytes, inputBytesPerStep } = costOfProgram(program);
    const bytes = 3 * stateBytes + peakLiveBytes + STEPS * inputBytesPerStep;
    return { firstBytes: bytes, furtherBytes: bytes };
  }
  const { total, shared } = memoryOfProgram(program, { executor, steps: STEPS });
  if (!on.lanesPerCall) return { firstBytes: total, furtherBytes: total - shared };
  const ofTwo = memoryOfProgram(program, { executor, steps: STEPS, lanes: 2 }).total;
  return { firstBytes: total, furtherBytes: Math.max(0, ofTwo - total) };
}

function takenAlone(because: string): PackChoice {
  return { size: 1, places: 1, because, placesBecause: because };
}
