import type { InputValues, LoadedProgram } from '../../executor.ts';
import type { Program } from '../../program.ts';
import { sizeOf } from '../../shape.ts';
import { checkInputs, checkState } from '../check-values.ts';
import { placeState, stackInputs, stateOfLane, type Tensors, takeOutputs, zeroState } from './stacked-values.ts';

/** Executors round a lone lane otherwise than one among others, so that one is never alone. */
const FEWEST = 2;
/** Turns of the event loop, and share of the last call's time, that lanes wait for one that has not asked yet. */
const PATIENT_TURNS = 8;
const PATIENT_SHARE = 0.1;
/** Calls with half the places empty before the pack is made smaller: a free place is often taken soon. */
const ROOMY_CALLS = 4;

/** What a pack needs of its surroundings. */
export interface PackTools {
  /** The fused program of so many lanes, loaded. */
  readonly load: (lanes: number) => Promise<LoadedProgram>;
  /** Resolves after the process listened to others, the n-th time in a row from 0. */
  readonly turn: (n: number) => Promise<void>;
  /** A monotone clock; waiting depends on it, results never do. */
  readonly milliseconds: () => number;
  /** Called when the last lane has left. */
  readonly empty: () => void;
}

/** A call of one lane, from its asking to its end. */
interface Ask {
  readonly inputs: InputValues;
  readonly steps: number;
  readonly outputs: Record<string, Float32Array>;
  done: number;
  readonly resolve: (outputs: Record<string, Float32Array>) => void;
  readonly reject: (error: unknown) => void;
}

/** A run inside the pack. */
interface Lane {
  /** Where in the fused program its state lies; the pack keeps it itself while there is no place. */
  place: { readonly slot: number } | { readonly kept: Record<string, Float32Array> };
  /** State before its last call where the fused program no longer has it. */
  before: Tensors | null;
  ask: Ask | null;
  /** It missed a call, so nobody waits for it until it asks again. */
  away: boolean;
  disposed: boolean;
}

/** Lanes of one program that are called together. */
export interface Pack {
  readonly lanes: () => number;
  /** A lane more, its states zero. */
  join(): LoadedProgram;
}

/**
 * Lanes of one program whose calls are joined. A call begins when every lane has asked, but for those that missed the
 * call before, or when waiting for one costs more than going without it: so a lane that evaluates, writes or was
 * forgotten holds nobody up. It takes as many steps as the shortest call under way; longer ones go on in the next.
 * A lane that is not in a call has its state taken out before and put back when it asks again, which makes what a lane
 * computes independent of who else is there.
 */
export function createPack(program: Program, tools: PackTools): Pack {
  const lanes = new Set<Lane>();
  let fused: { readonly loaded: LoadedProgram; readonly size: number } | null = null;
  let roomyCalls = 0;
  let lastCallMs = 0;
  let gathering = false;
  /** What the fused program holds, once it was read and until it changes. */
  let known: { state: Record<string, Float32Array> | null; previous: Tensors | null } = { state: null, previous: null };
  let queue: Promise<unknown> = Promise.resolve();

  /** Nothing touches the fused program while something else does. */
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work);
    queue = result.catch(() => {});
    return result;
  };
  const stackedState = async (loaded: LoadedProgram): Promise<Record<string, Float32Array>> => {
    known.state ??= await loaded.readState();
    return known.state;
  };
  const stackedPrevious = async (loaded: LoadedProgram): Promise<Tensors> => {
    known.previous ??= await loaded.readPreviousState();
    return known.previous;
  };
  const loadedOf = (): LoadedProgram => {
    if (!fused) throw new Error('a lane has a place in a program that is not loaded');
    return fused.loaded;
  };
  const beforeOf = async (lane: Lane): Promise<Tensors> =>
    lane.before ?? stateOfLane(program, await stackedPrevious(loadedOf()), slotOf(lane));
  const unseat = async (lane: Lane): Promise<Record<string, Float32Array>> => {
    if ('kept' in lane.place) return lane.place.kept;
    const kept = stateOfLane(program, await stackedState(loadedOf()), lane.place.slot);
    lane.before = await beforeOf(lane);
    lane.place = { kept };
    return kept;
  };

  const askedFor = (): Lane[] => [...lanes].filter(({ ask }) => ask !== null);
  const allHaveAsked = (): boolean => [...lanes].every(({ ask, away }) => ask !== null || away);

  /** Joins calls until nobody asks. */
  const gather = async (): Promise<void> => {
    while (askedFor().length > 0) {
      const since = tools.milliseconds();
      for (let turns = 0, before = 0; !allHaveAsked(); turns++) {
        const count = askedFor().length;
        if (count === 0) break;
        if (count !== before) [turns, before] = [0, count];
        if (turns >= PATIENT_TURNS && tools.milliseconds() - since >= PATIENT_SHARE * lastCallMs) break;
        await tools.turn(turns);
      }
      await alone(call);
    }
    gathering = false;
  };

  const call = async (): Promise<void> => {
    const taking = askedFor();
    if (taking.length === 0) return;
    const asks = taking.map(({ ask }) => ask as Ask);
    try {
      for (const lane of lanes) {
        lane.away = lane.ask === null;
        if (lane.away) await unseat(lane);
      }
      const { loaded, size } = await roomFor(taking);
      await seat(taking, loaded, size);
      const steps = Math.min(...asks.map((ask) => ask.steps - ask.done));
      const stretches = taking.map((lane, i) => {
        const { inputs, done } = asks[i] as Ask;
        return { slot: slotOf(lane), inputs, from: done };
      });
      const began = tools.milliseconds();
      known = { state: null, previous: null };
      const outputs = await loaded.run(stackInputs(program, stretches, { lanes: size, steps }), steps);
      lastCallMs = tools.milliseconds() - began;
      for (const [i, lane] of taking.entries()) {
        const ask = asks[i] as Ask;
        takeOutputs(program, outputs, ask.outputs, { slot: slotOf(lane), lanes: size, steps, from: ask.done });
        if (ask.done === 0) lane.before = null;
        ask.done += steps;
        // The fused program forgets this state in the next call, and the lane's own has not ended.
        if (ask.done < ask.steps) lane.before ??= await beforeOf(lane);
      }
    } catch (error) {
      for (const lane of taking) {
        lane.ask?.reject(error);
        lane.ask = null;
      }
      return;
    }
    for (const [i, lane] of taking.entries()) {
      const ask = asks[i] as Ask;
      if (ask.done < ask.steps) continue;
      lane.ask = null;
      ask.resolve(ask.outputs);
    }
  };

  /** The fused program with a place for each, made larger at once and smaller after a while. */
  const roomFor = async (
    taking: readonly Lane[],
  ): Promise<{ readonly loaded: LoadedProgram; readonly size: number }> => {
    const wanted = sizeFor(Math.max(lanes.size, taking.length));
    roomyCalls = fused && wanted < fused.size ? roomyCalls + 1 : 0;
    if (fused && fused.size >= sizeFor(taking.length) && roomyCalls < ROOMY_CALLS) return fused;
    for (const lane of taking) await unseat(lane);
    const old = fused;
    fused = null;
    await old?.loaded[Symbol.asyncDispose]();
    known = { state: null, previous: null };
    roomyCalls = 0;
    fused = { loaded: await tools.load(wanted), size: wanted };
    return fused;
  };

  /** Gives every lane a place, and writes the states of those that had none. */
  const seat = async (taking: readonly Lane[], loaded: LoadedProgram, size: number): Promise<void> => {
    const standing = taking.filter(({ place }) => 'kept' in place);
    if (standing.length === 0) return;
    const stacked = await stackedState(loaded);
    // A lane that has just left is still in this call, and keeps its place until it ends.
    const taken = new Set([...lanes, ...taking].flatMap(({ place }) => ('slot' in place ? [place.slot] : [])));
    const free = Array.from({ length: size }, (_, slot) => slot).filter((slot) => !taken.has(slot));
    for (const [i, lane] of standing.entries()) {
      const slot = free[i] as number;
      placeState(program, stacked, slot, (lane.place as { readonly kept: Tensors }).kept);
      lane.place = { slot };
    }
    await loaded.writeState(stacked);
  };

  const leave = async (lane: Lane): Promise<void> => {
    if (lane.disposed) return;
    lane.disposed = true;
    lanes.delete(lane);
    lane.ask?.reject(new Error('this program was disposed of'));
    lane.ask = null;
    if (lanes.size > 0) return;
    tools.empty();
    await alone(async () => {
      const old = fused;
      fused = null;
      await old?.loaded[Symbol.asyncDispose]();
    });
  };

  const requireLife = ({ disposed }: Lane): void => {
    if (disposed) throw new Error('this program was disposed of');
  };
  return {
    lanes: () => lanes.size,
    join: () => {
      const lane: Lane = {
        place: { kept: zeroState(program) },
        before: zeroState(program),
        ask: null,
        away: false,
        disposed: false,
      };
      lanes.add(lane);
      return {
        run: async (inputs, steps) => {
          requireLife(lane);
          if (lane.ask) throw new Error('a call of this program is under way; await it first');
          checkInputs(program, inputs, steps);
          const outputs = Object.fromEntries(
            program.outputs.map(({ name, shape }) => [name, new Float32Array(steps * sizeOf(shape))]),
          );
          const result = new Promise<Record<string, Float32Array>>((resolve, reject) => {
            lane.ask = { inputs, steps, outputs, done: 0, resolve, reject };
          });
          if (!gathering) {
            gathering = true;
            void gather();
          }
          return result;
        },
        readState: async () => {
          requireLife(lane);
          return alone(async () =>
            'slot' in lane.place
              ? stateOfLane(program, await stackedState(loadedOf()), lane.place.slot)
              : copyOf(lane.place.kept),
          );
        },
        readPreviousState: async () => {
          requireLife(lane);
          return alone(async () => copyOf(await beforeOf(lane)));
        },
        writeState: async (given) => {
          requireLife(lane);
          if (lane.ask) throw new Error('a call of this program is under way; await it first');
          checkState(program, given);
          await alone(async () => {
            const kept = await unseat(lane);
            for (const [name, values] of Object.entries(given)) kept[name]?.set(values);
          });
        },
        [Symbol.asyncDispose]: () => leave(lane),
      };
    },
  };
}

function slotOf({ place }: Lane): number {
  if ('kept' in place) throw new Error('a lane without a place is in a call');
  return place.slot;
}

/** Powers of two, so that few sizes are ever compiled. */
function sizeFor(lanes: number): number {
  return Math.max(FEWEST, 2 ** Math.ceil(Math.log2(lanes)));
}

function copyOf(tensors: Tensors): Record<string, Float32Array> {
  return Object.fromEntries(Object.entries(tensors).map(([name, values]) => [name, values.slice()]));
}
