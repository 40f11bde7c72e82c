/** What a step of one kind of nets costs on an executor, as measured there. */
export interface NetCosts {
  /** Milliseconds for each node of a step's program, whatever it computes: what calls, loops and kernels cost by themselves. */
  readonly msPerNode: number;
  readonly msPerFlop: number;
  /**
   * How often a call of so many lanes pays for its nodes: 1 where lanes cost nothing but their arithmetic, `lanes` where
   * nothing is gained. Empty where lanes take turns.
   */
  readonly lanes: readonly { readonly lanes: number; readonly times: number }[];
}

/** The part of a run's program that its time and memory follow from. */
export interface PackedProgram {
  readonly convolutional: boolean;
  readonly nodes: number;
  readonly flopsPerStep: number;
  readonly steps: number;
  /** Memory of the first run of a process, and of each further one: the library, and what only one call needs, are there once. */
  readonly firstBytes: number;
  readonly furtherBytes: number;
}

/** What waits for a trainer. */
export interface Queue {
  /** Runs of this shape among the next in line, the first one included. */
  readonly waiting: number;
  /** Slots of all workers that could take them. */
  readonly slots: number;
  /** The first in line has to train alone: the trainer that it shared with others died. */
  readonly alone: boolean;
}

export interface PackQuestion {
  /** Milliseconds that an attempt takes beside its training: claim, loading, files, reports. */
  readonly attemptMs: number;
  /** Null where this kind of nets was not measured. */
  readonly net: NetCosts | null;
  readonly program: PackedProgram;
  /** Bytes that the slot may use. */
  readonly memory: number;
  readonly queue: Queue;
  readonly atMost: number;
}

/** How many runs a claim takes, and why. */
export interface PackChoice {
  /** Of this claim: `places`, and not more than the slot's share of the queue. */
  readonly size: number;
  /** Runs that the slot trains side by side while there are as many of this shape. */
  readonly places: number;
  /** For people, of `size`. */
  readonly because: string;
  /** For people, of `places`. */
  readonly placesBecause: string;
}

/** Smaller packs are sooner done, and lose less when their trainer dies: they may be this much slower than the fastest. */
const TOLERANCE = 1.05;

/**
 * The smallest pack that is nearly as fast as the fastest one that is allowed and fits. An attempt's own cost is shared by
 * the runs of a pack (one waits for the disk while another trains); its training is only where the executor fuses lanes.
 */
export function packSize({ attemptMs, net, program, memory, queue, atMost }: PackQuestion): PackChoice {
  const fuses = net !== null && net.lanes.length > 0;
  const { places, because } = queue.alone
    ? { places: 1, because: 'a trainer that it shared with others died' }
    : net === null || (program.convolutional && !fuses)
      ? { places: 1, because: 'a convolutional net keeps its device busy alone' }
      : placesOf({ attemptMs, net, program, memory, atMost });
  const { waiting, slots } = queue;
  const share = Math.max(1, Math.ceil(waiting / Math.max(1, slots)));
  const size = Math.min(places, share);
  const shared = `${waiting} of the shape ${waiting === 1 ? 'waits' : 'wait'} for ${slots} ${slots === 1 ? 'slot' : 'slots'}`;
  return { size, places, because: size < places ? `${because}; ${shared}` : because, placesBecause: because };
}

function placesOf({
  attemptMs,
  net,
  program,
  memory,
  atMost,
}: Pick<PackQuestion, 'attemptMs' | 'program' | 'memory' | 'atMost'> & { readonly net: NetCosts }): {
  readonly places: number;
  readonly because: string;
} {
  const { nodes, flopsPerStep, steps, firstBytes, furtherBytes } = program;
  const fuses = net.lanes.length > 0;
  const nodesMs = steps * nodes * net.msPerNode;
  const flopsMs = steps * flopsPerStep * net.msPerFlop;
  const trainingMs = (size: number): number => {
    const { times = size } = net.lanes.find(({ lanes }) => lanes === size) ?? {};
    return (fuses ? times / size : 1) * nodesMs + flopsMs;
  };
  const fits = 1 + Math.max(0, Math.floor((memory - firstBytes) / Math.max(1, furtherBytes)));
  const sizes = (fuses ? [1, ...net.lanes.map(({ lanes }) => lanes)] : Array.from({ length: atMost }, (_, i) => i + 1))
    .filter((size) => size <= Math.max(1, atMost))
    .sort((a, b) => a - b);
  const msOfRun = (size: number): number => trainingMs(size) + attemptMs / size;
  const fastest = Math.min(...sizes.map(msOfRun));
  const wanted = sizes.find((size) => msOfRun(size) <= TOLERANCE * fastest) ?? 1;
  const places = sizes.findLast((size) => size <= Math.min(wanted, fits)) ?? 1;
  const costs = `an attempt costs ${duration(attemptMs)} beside ${duration(trainingMs(1))} of training`;
  const gain = fuses ? `, which is ${duration(trainingMs(wanted))} a run in a call of ${wanted}` : '';
  return {
    places,
    because: `${costs}${wanted > 1 ? gain : ''}${places < wanted ? `; there is memory for ${fits}, not for ${wanted}` : ''}`,
  };
}

function duration(ms: number): string {
  return ms < 999.5 ? `${Number(ms.toPrecision(2))} ms` : `${Number((ms / 1000).toPrecision(2))} s`;
}
