import type { Configuration } from '@gansweep/domain';
import type { SampleShape } from '@gansweep/gan';

/**
 * What a contender is to train: the first line of its standard input, as JSON. After it comes an order a line: `round`, or
 * `memory STEPS` for our own. Every order is answered by one line of JSON on standard output; the end of input ends it.
 */
export interface ContenderJob {
  /** One a lane; they differ in hyperparameters only. A single one is trained without a lane axis. */
  readonly configurations: readonly Configuration[];
  readonly shape: SampleShape;
  /** Iterations between two readings of the losses; who can, runs them in one call. */
  readonly stepsPerCall: number;
  /** About how long a round shall last. */
  readonly roundMs: number;
  /** Which of our executors, or which way of a peer to run a step. */
  readonly variant: string;
  readonly device: 'cpu' | 'gpu';
}

/** It has run its first calls. */
export interface ContenderReady {
  readonly kind: 'ready';
  readonly library: string;
  readonly version: string;
  /** Trained numbers of one lane's G and D: equal for all contenders, or they do not train the same networks. */
  readonly parameters: number;
  /** From the start of the process to the end of its first call: loading, tracing, compiling. */
  readonly setUpMs: number;
}

/** It does not take this case. */
export interface ContenderRefusal {
  readonly kind: 'refused';
  readonly why: string;
}

/** Times of one iteration, of all lanes together, over the calls of a round. */
export interface RoundTimes {
  readonly kind: 'round';
  readonly medianMs: number;
  readonly bestMs: number;
  /** Median of the executor's share, the rest being the making of inputs; null where nobody can tell them apart. */
  readonly executorMs: number | null;
  readonly steps: number;
  /** Whether the losses of the last call are finite. */
  readonly finite: boolean;
}

/** Resident memory before and after many steps, the garbage of JavaScript collected. */
export interface MemoryUse {
  readonly kind: 'memory';
  readonly steps: number;
  readonly beforeMiB: number;
  readonly afterMiB: number;
}

export type ContenderNews = ContenderReady | ContenderRefusal | RoundTimes | MemoryUse;

/** A line from a contender. @throws Error naming what is wrong with it. */
export function parseNews(line: string): ContenderNews {
  const fields = JSON.parse(line) as Readonly<Record<string, unknown>>;
  const text = (name: string): string => {
    const value = fields[name];
    if (typeof value !== 'string') throw new Error(`'${name}' is not a text in the answer ${line}`);
    return value;
  };
  const number = (name: string): number => {
    const value = fields[name];
    if (typeof value !== 'number') throw new Error(`'${name}' is not a number in the answer ${line}`);
    return value;
  };
  const kind = text('kind');
  switch (kind) {
    case 'ready':
      return {
        kind,
        library: text('library'),
        version: text('version'),
        parameters: number('parameters'),
        setUpMs: number('setUpMs'),
      };
    case 'refused':
      return { kind, why: text('why') };
    case 'round':
      return {
        kind,
        medianMs: number('medianMs'),
        bestMs: number('bestMs'),
        executorMs: typeof fields.executorMs === 'number' ? fields.executorMs : null,
        steps: number('steps'),
        finite: fields.finite === true,
      };
    case 'memory':
      return { kind, steps: number('steps'), beforeMiB: number('beforeMiB'), afterMiB: number('afterMiB') };
    default:
      throw new Error(`unknown kind of answer: ${line}`);
  }
}
