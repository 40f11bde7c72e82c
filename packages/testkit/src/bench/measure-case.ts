import { availableParallelism } from 'node:os';
import { assertNever } from '@gansweep/domain';
import type {
  BENCH_CASES,
  DataWaitCase,
  Effort,
  GPU_CASES,
  MemoryCase,
  NeighbourCase,
  PredictionCase,
  RaceCase,
  SizeOfPacks,
  TwoTrainersCase,
  WholeSweepCase,
} from './cases.ts';
import { type AbsentContender, isRunning, type RunningContender, startContender } from './contender-process.ts';
import { type Contender, slowContenders } from './contenders.ts';
import { measureDataWait } from './data-wait.ts';
import { watchGpu } from './gpu.ts';
import type { ContenderJob, RoundTimes } from './messages.ts';
import { measureNeighbours } from './neighbours.ts';
import { measureProgramMemory } from './program-memory.ts';
import type {
  AnyCaseResult,
  DataWaitResult,
  Entry,
  MemoryResult,
  NeighbourResult,
  PredictionResult,
  RaceResult,
  TwoTrainersResult,
  WholeSweepResult,
} from './result.ts';
import { interleavedRounds } from './rounds.ts';
import { measureWholeSweep } from './whole-sweep.ts';

/** About how long each contender works in a round. */
const ROUND_MS: Readonly<Record<Effort, number>> = { quick: 150, full: 400 };
/** Long enough for several readings of the GPU's load. */
const GPU_ROUND_MS: Readonly<Record<Effort, number>> = { quick: 600, full: 900 };
/** From so many steps a call on, those who can run them all in one call take part that way too. */
const MANY_STEPS = 10;

/** With whom and on what a case is measured. */
export interface Setting {
  readonly contenders: readonly Contender[];
  readonly effort: Effort;
  /** Cores that a contender can be bound to; none: they run where the system puts them. */
  readonly cores: readonly number[];
}

type AnyCase = (typeof BENCH_CASES | typeof GPU_CASES)[number];
type StepsCase = Exclude<AnyCase, WholeSweepCase | DataWaitCase | NeighbourCase | PredictionCase>;
type Absent = Extract<Entry<unknown>['outcome'], { readonly why: string }>;

/** Measures one case with every contender that takes it. */
export async function measureCase(benchCase: AnyCase, setting: Setting): Promise<AnyCaseResult> {
  switch (benchCase.kind) {
    case 'step':
    case 'lanes':
    case 'gpu-step':
    case 'gpu-lanes':
      return race(benchCase, setting);
    case 'two-trainers':
      return twoTrainers(benchCase, setting);
    case 'whole-sweep':
      return wholeSweep(benchCase, setting);
    case 'data-wait':
      return dataWait(benchCase, setting);
    case 'neighbours':
      return neighbours(benchCase, setting);
    case 'memory':
      return memory(benchCase, setting);
    case 'memory-prediction':
      return prediction(benchCase);
    default:
      return assertNever(benchCase);
  }
}

async function race(benchCase: RaceCase, setting: Setting): Promise<RaceResult> {
  const takers = setting.contenders.filter(
    ({ manyStepsACall, fusesLanes }) =>
      (!manyStepsACall || benchCase.stepsPerCall >= MANY_STEPS) && (!fusesLanes || benchCase.configurations.length > 1),
  );
  await using gpu = benchCase.kind.startsWith('gpu-') ? watchGpu() : null;
  await using field = await startAll(
    takers.map((contender) => ({
      contender,
      job: jobOf(benchCase, contender, setting),
      core: coreOf(setting, 0),
    })),
    // On a GPU each has cores of its own, and some compile for a minute.
    { atOnce: gpu !== null },
  );
  const { started } = field;
  const running = started.filter(isRunning);
  checkSameNetworks(running);
  const racers = running.map((one) => ({
    round: async () => {
      const load = gpu?.measure();
      const times = await one.round();
      return { ...times, load: load?.() ?? null };
    },
  }));
  const rounds = await interleavedRounds<RoundTimes & { readonly load: number | null }>(
    racers,
    benchCase.rounds[setting.effort],
  );
  const entries = started.map((one): RaceResult['entries'][number] => {
    if (!isRunning(one)) return { contender: namesOf(one.contender), outcome: whyAbsent(one) };
    const found = rounds[running.indexOf(one)];
    if (!found || found instanceof Error) return { contender: namesOf(one.contender), outcome: failure(found) };
    return {
      contender: namesOf(one.contender),
      outcome: {
        ...measuredBy(one),
        medianMs: found.map(({ medianMs }) => medianMs),
        bestMs: found.map(({ bestMs }) => bestMs),
        executorMs: one.contender.kind === 'gansweep' ? found.map(({ executorMs }) => executorMs ?? Number.NaN) : null,
        ...(gpu && { gpuLoad: found.map(({ load }) => load) }),
      },
    };
  });
  return { ...describe(benchCase), kind: benchCase.kind, batch: benchCase.configurations[0]?.batch ?? 0, entries };
}

async function twoTrainers(benchCase: TwoTrainersCase, setting: Setting): Promise<TwoTrainersResult> {
  const entries: TwoTrainersResult['entries'][number][] = [];
  for (const contender of ours(setting)) {
    if (availableParallelism() < 2) {
      entries.push({ contender: namesOf(contender), outcome: { kind: 'refused', why: 'this machine has one core' } });
      continue;
    }
    const job = jobOf(benchCase, contender, setting);
    await using field = await startAll([0, 1].map((place) => ({ contender, job, core: coreOf(setting, place) })));
    const [first, second] = field.started.filter(isRunning);
    if (!first || !second) {
      const absent = field.started.find((one) => !isRunning(one)) as AbsentContender;
      entries.push({ contender: namesOf(contender), outcome: whyAbsent(absent) });
      continue;
    }
    const pair = {
      round: async () => ({
        alone: (await first.round()).medianMs,
        together: await Promise.all([first.round(), second.round()]),
      }),
    };
    const [found] = await interleavedRounds([pair], benchCase.rounds[setting.effort]);
    const outcome =
      !found || found instanceof Error
        ? failure(found)
        : {
            ...measuredBy(first),
            aloneMs: found.map(({ alone }) => alone),
            togetherMs: found.map(({ together: [a, b] }) => [a.medianMs, b.medianMs] as const),
          };
    entries.push({ contender: namesOf(contender), outcome });
  }
  return { ...describe(benchCase), kind: benchCase.kind, entries };
}

async function memory(benchCase: MemoryCase, setting: Setting): Promise<MemoryResult> {
  const entries: MemoryResult['entries'][number][] = [];
  const { steps, slowSteps, configurations } = benchCase;
  const takers =
    configurations.length > 1
      ? setting.contenders.filter(({ fusesLanes }) => fusesLanes).map((contender) => ({ contender, steps }))
      : [
          ...ours(setting).map((contender) => ({ contender, steps })),
          ...slowContenders().map((contender) => ({ contender, steps: slowSteps })),
        ];
  for (const { contender, steps: count } of takers) {
    const one = await startContender(contender, jobOf(benchCase, contender, setting), coreOf(setting, 0));
    if (!isRunning(one)) {
      entries.push({ contender: namesOf(contender), outcome: whyAbsent(one) });
      continue;
    }
    await using running = one;
    // As many steps again before: what is allocated once and kept is not growth.
    const found = await running
      .memoryOver(count)
      .then(() => running.memoryOver(count))
      .catch((error: unknown) => error as Error);
    const outcome =
      found instanceof Error
        ? failure(found)
        : { ...measuredBy(running), steps: found.steps, beforeMiB: found.beforeMiB, afterMiB: found.afterMiB };
    entries.push({ contender: namesOf(contender), outcome });
  }
  return { ...describe(benchCase), kind: benchCase.kind, entries };
}

async function prediction({ kind, id, title, programs }: PredictionCase): Promise<PredictionResult> {
  const entries: PredictionResult['entries'][number][] = [];
  for (const { title: name, ...job } of programs) {
    const found = await measureProgramMemory(job).catch((error: unknown) => error as Error);
    const outcome =
      found instanceof Error ? failure(found) : { ...found, kind: 'measured' as const, executor: job.executor };
    entries.push({ contender: { name, kind: 'gansweep' }, outcome });
  }
  return { kind, id, title, entries };
}

async function wholeSweep(
  { kind, id, title, packSizes, rounds }: WholeSweepCase,
  { effort }: Setting,
): Promise<WholeSweepResult> {
  const found = await measureWholeSweep(packSizes, rounds[effort]).catch((error: unknown) => error as Error);
  const entries = packSizes.map((size): WholeSweepResult['entries'][number] => {
    const times = found instanceof Error ? found : found.get(size);
    return {
      contender: { name: nameOfSize(size), kind: 'gansweep' },
      outcome: times === undefined || times instanceof Error ? failure(times) : { ...times, kind: 'measured' },
    };
  });
  return { kind, id, title, entries };
}

function nameOfSize(size: SizeOfPacks): string {
  if (size === 'chosen') return 'packs as the worker chooses';
  return size === 1 ? 'one claim a run' : `packs of at most ${size}`;
}

async function dataWait(benchCase: DataWaitCase, { effort }: Setting): Promise<DataWaitResult> {
  const { kind, id, title, ways, rounds } = benchCase;
  const found = await measureDataWait(benchCase, rounds[effort]).catch((error: unknown) => error as Error);
  const entries = ways.map((way): DataWaitResult['entries'][number] => {
    const times = found instanceof Error ? found : found.get(way);
    return {
      contender: { name: `images read ${way}`, kind: 'gansweep' },
      outcome: times === undefined || times instanceof Error ? failure(times) : { ...times, kind: 'measured' },
    };
  });
  return { kind, id, title, entries };
}

function neighbours(benchCase: NeighbourCase, { effort }: Setting): NeighbourResult {
  const { kind, id, title, rows } = benchCase;
  const figures = measureNeighbours(benchCase, rows[effort]);
  const contender = { name: 'gansweep', kind: 'gansweep' } as const;
  return { kind, id, title, entries: [{ contender, outcome: { ...figures, kind: 'measured' } }] };
}

/** Starts contenders, one after another unless told; disposal ends all that run. */
async function startAll(
  starts: readonly { readonly contender: Contender; readonly job: ContenderJob; readonly core: number | null }[],
  { atOnce = false } = {},
): Promise<AsyncDisposable & { readonly started: readonly (RunningContender | AbsentContender)[] }> {
  const started: (RunningContender | AbsentContender)[] = [];
  if (atOnce) {
    started.push(
      ...(await Promise.all(starts.map(({ contender, job, core }) => startContender(contender, job, core)))),
    );
  } else {
    for (const { contender, job, core } of starts) started.push(await startContender(contender, job, core));
  }
  return {
    started,
    [Symbol.asyncDispose]: async () => {
      for (const one of started) if (isRunning(one)) await one[Symbol.asyncDispose]();
    },
  };
}

/** Our contenders for a single run. */
function ours({ contenders }: Setting): readonly Contender[] {
  return contenders.filter(({ kind, fusesLanes }) => kind === 'gansweep' && !fusesLanes);
}

/** The last cores first: the first one has the system's own work. */
function coreOf({ cores }: Setting, place: number): number | null {
  return cores.at(-1 - place) ?? null;
}

function jobOf(
  { configurations, shape, stepsPerCall }: StepsCase,
  { variant, device }: Contender,
  { effort }: Setting,
): ContenderJob {
  return {
    configurations,
    shape,
    stepsPerCall,
    roundMs: device === 'gpu' ? GPU_ROUND_MS[effort] : ROUND_MS[effort],
    variant,
    device,
  };
}

function describe({ id, title, configurations, stepsPerCall }: StepsCase) {
  return { id, title, lanes: configurations.length, stepsPerCall };
}

function namesOf({ name, kind }: Contender): Pick<Contender, 'name' | 'kind'> {
  return { name, kind };
}

function measuredBy({ ready }: RunningContender) {
  return { kind: 'measured', library: `${ready.library} ${ready.version}`, setUpMs: ready.setUpMs } as const;
}

function whyAbsent({ kind, why }: AbsentContender): Absent {
  return { kind, why };
}

function failure(error: Error | undefined): Absent {
  return { kind: 'failed', why: error?.message ?? 'it was not measured' };
}

/** A race between different networks would be none. */
function checkSameNetworks(running: readonly RunningContender[]): void {
  const sizes = new Set(running.map(({ ready }) => ready.parameters));
  if (sizes.size > 1)
    throw new Error(
      `the contenders train different networks: ${running.map(({ contender, ready }) => `${contender.name} ${ready.parameters}`).join(', ')}`,
    );
}
