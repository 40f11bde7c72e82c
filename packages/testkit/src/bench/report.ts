import type { Machine } from './machine.ts';
import { median, type Ratio, ratioOver } from './medians.ts';
import type {
  BenchResult,
  DataWaitResult,
  MemoryResult,
  NeighbourResult,
  PredictionResult,
  RaceResult,
  RaceTimes,
  TwoTrainersResult,
  WholeSweepResult,
} from './result.ts';

type RaceOutcome = RaceResult['entries'][number]['outcome'];
type MeasuredRace = Extract<RaceOutcome, { readonly kind: 'measured' }>;

/** The page of `docs/performance.md`. */
export function renderReport(result: BenchResult, onGpu: BenchResult | null = null): string {
  return `${[
    '# Performance',
    '',
    '<!-- Made by `npm run bench -- --json docs/performance.json --gpu-from docs/performance-gpu.json --markdown docs/performance.md`; edit the tool, not this page. -->',
    '',
    HOW_TO,
    ...(result.effort === 'quick'
      ? ['', '**Measured with `--quick`: few and short rounds, good for seeing that it works, not for quoting.**']
      : []),
    '',
    ...renderTables(result),
    '',
    '## GPU',
    '',
    ...(onGpu ? gpuTables(onGpu) : ['Not measured on a GPU yet.']),
    '',
    NOT_MEASURED,
  ].join('\n')}\n`;
}

/** The figures alone, as the benchmark prints them. */
export function renderTables(result: BenchResult): readonly string[] {
  if (result.machine.gpu !== undefined) return gpuTables(result);
  const races = racesOf(result, 'step', 'lanes');
  const pairs = result.cases.filter((one): one is TwoTrainersResult => one.kind === 'two-trainers');
  const sweeps = result.cases.filter((one): one is WholeSweepResult => one.kind === 'whole-sweep');
  const waits = result.cases.filter((one): one is DataWaitResult => one.kind === 'data-wait');
  const neighbours = result.cases.filter((one): one is NeighbourResult => one.kind === 'neighbours');
  const memories = result.cases.filter((one): one is MemoryResult => one.kind === 'memory');
  const predictions = result.cases.filter((one): one is PredictionResult => one.kind === 'memory-prediction');
  return [
    '## Machine',
    '',
    describeRun(result),
    ...section('In short', races.length === 0 ? [] : [IN_SHORT, '', ...summaryTable(races)]),
    ...section(
      'One training step',
      raceTables(races.filter(({ kind }) => kind === 'step')),
      'One update of D and one of G, a single run.',
    ),
    ...section(
      'Many small runs on one core',
      raceTables(races.filter(({ kind }) => kind === 'lanes')),
      'Each run has its own learning rates, betas, seed and state. gansweep steps them in turn, each loaded for itself, unless its row says fused pack; the peers step them as one stacked program. Times are of one step of all runs.',
    ),
    ...section(
      'Two trainers on two cores',
      pairs.length === 0 ? [] : pairTable(pairs),
      'Two trainer processes, each on a core of its own, against one.',
    ),
    ...section(
      'A whole sweep',
      sweeps.length === 0 ? [] : sweepTable(sweeps),
      'From the request to the end of the last run, through API, PostgreSQL, queue and a worker with two slots, each run with one evaluation, its picture and its checkpoint: the first sweep of a worker, and the same again by the same worker, whose engine has by then compiled what it needs.',
    ),
    ...section(
      'Waiting for data',
      waits.length === 0 ? [] : waitTable(waits),
      'A training by ONNX Runtime on the 60,000 digits of their decoded file: share of the time of its calls in which the step waited for its inputs, images and noise, and how fast it is; where a thread reads the images of the next call during this one, and where the training reads them itself before each call.',
    ),
    ...section(
      'Precision, recall, density, coverage',
      neighbours.length === 0 ? [] : neighbourTable(neighbours),
      'Two sets of independent normal numbers, every pair of rows compared, on one core. The authors of density and coverage publish .4772, .4705, 1.0555 and .9735 for 10,000 rows a side and k = 5 (Naeem et al. 2020, the page of prdc), of draws of their own.',
    ),
    ...section(
      'Memory',
      memories.length === 0 ? [] : memoryTable(memories),
      'Resident memory of a trainer before and after many steps, after as many to warm up, garbage collected. The reference executor, plain loops in float64, takes fewer.',
    ),
    ...section(
      'Memory foretold',
      predictions.length === 0 ? [] : predictionTable(predictions),
      'Resident memory that a program adds to a process, predicted from the program alone before anything is allocated, and the most that one of three processes took which loaded it and ran four calls (of WebAssembly, what its engine counts). A process loads a small program as often as the table says, and the share of one is told: its own memory moves by a MiB.',
    ),
  ];
}

function racesOf({ cases }: BenchResult, ...kinds: readonly RaceResult['kind'][]): readonly RaceResult[] {
  return cases.filter((one): one is RaceResult => (kinds as readonly string[]).includes(one.kind));
}

function gpuTables(result: BenchResult): readonly string[] {
  return [
    describeRun(result),
    ...gpuSection('One training step on a GPU', racesOf(result, 'gpu-step'), GPU_STEPS),
    ...gpuSection('Many runs on one GPU', racesOf(result, 'gpu-lanes'), GPU_LANES),
  ];
}

function gpuSection(title: string, races: readonly RaceResult[], text: string): readonly string[] {
  if (races.length === 0) return [];
  return ['', `### ${title}`, '', text, '', ...raceTables(races)];
}

const GPU_STEPS =
  'One update of D and one of G, a single run, images held on the GPU by all. Images are reals. The load is the share of the time in which the GPU computed anything, as its driver tells it. gansweep computes in float32; TF32 rounds the factors of products to 10 bits.';
const GPU_LANES =
  'Each run has its own learning rates, betas, seed and state. `tensorflow-gpu` steps them in turn, a fused pack in one call; JAX maps its step over them; PyTorch stacks dense networks and cannot stack these convolutions. Times are of one step of all runs.';

const HOW_TO = `How long a GAN training step takes in gansweep and in the libraries that people train GANs with, on the machine named below.
Another machine has other figures and other ratios. To measure yours:

\`\`\`
python3 -m venv peers && peers/bin/pip install torch tensorflow-cpu "jax[cpu]"        # optional, some 3.5 GB: the peers
npm run bench -- --python peers/bin/python --json result.json --markdown result.md
\`\`\`

\`--only TEXT\` measures the cases whose name contains the text (each table names its own), and with \`--keep RESULT.json\` the others stay
as an earlier run on the same kind of machine found them; \`--quick\` takes few and short rounds; \`--without TEXT\` leaves
out contenders whose name contains the text; without \`--python\` gansweep is measured
alone; \`--from result.json --markdown FILE\` writes the page again without measuring. What a contender lacks is said in its row:
\`torch.compile\` needs a C++ compiler.

On a machine with an NVIDIA GPU and \`gansweep backend install tensorflow-gpu\`, \`npm run bench -- --gpu --json gpu.json\` measures there
instead: DCGAN in batches of 64 to 512, and packs of 2 to 128 runs, beside PyTorch and JAX of a Python with their CUDA builds;
\`--from result.json --gpu-from gpu.json --markdown FILE\` writes one page of both.

- **What is timed.** One iteration: reals and noise drawn, one update of D (reals and fakes passed separately), one of G, Adam with β₁ = ½,
  non-saturating loss on logits, float32. Every contender trains networks with the same number of parameters, or the benchmark stops.
- **How.** Every contender is a process with one thread, bound to one core where the system has \`taskset\`. All of a case are started and
  warmed up first; then every round asks each of them once, in rotating order. A contender's figure in a round is the median of its calls
  in that round; tables show the median over the rounds, and the best call. A ratio is taken round by round: median, and quartiles in
  brackets; 2.0 means twice as long as gansweep.
- **To the peers' advantage.** Losses are fetched only after as many steps as gansweep runs in a call, not after every step. The peers
  record two losses; gansweep records eight curves (losses, scores, accuracies, gradient norms) and checks loss, gradients and weights
  for finiteness at every step. JAX and TensorFlow keep no running statistics of batch norm. PyTorch uses its fused Adam, TensorFlow its
  Adam kernel. gansweep draws its noise inside the time.`;

const NOT_MEASURED = `## Not measured here

- Evaluations, checkpoints and the record in the database, but in the whole sweep.
- More than one thread a trainer: gansweep puts one trainer on each core instead.
- XLA in TensorFlow, CUDA graphs, float16 and bfloat16.
- A quiet machine, unless the load says so: on a shared one single figures move by tens of per cent, ratios of the same rounds by less.`;

const IN_SHORT =
  'Time of gansweep with its fastest executor; for the peers, how many times as long they took in the same rounds.';

function describeRun({ machine, loadsBefore = {}, date, cases, effort }: BenchResult): string {
  // A library is one however many lanes it was given.
  const libraries = new Set(
    cases.flatMap(({ entries }) =>
      entries.flatMap(({ outcome }) =>
        outcome.kind === 'measured' && 'library' in outcome
          ? [String(outcome.library).replace(/, packs of up to \d+$/, '')]
          : [],
      ),
    ),
  );
  const apart = Object.entries(loadsBefore).map(([id, load]) => `${load} before \`${id}\``);
  return [
    `${describeMachine(machine)}.`,
    `Load before the first round ${[`${machine.loadBefore}`, ...apart].join(', ')}. ${effort === 'quick' ? 'Quick run' : 'Measured'} on ${date} with ${[...libraries].sort().join(', ') || 'nothing'}.`,
  ].join('\n');
}

function describeMachine({ processor, cores, memoryGiB, system, node, bound, gpu }: Machine): string {
  return `${gpu === undefined ? '' : `${gpu}; `}${processor}, ${cores} ${cores === 1 ? 'core' : 'cores'}, ${memoryGiB} GiB, ${system}, Node ${node}; contenders ${bound ? 'bound to one core' : 'not bound to cores'}`;
}

function section(title: string, lines: readonly string[], text?: string): readonly string[] {
  if (lines.length === 0) return [];
  return ['', `## ${title}`, '', ...(text === undefined ? [] : [text, '']), ...lines];
}

function summaryTable(races: readonly RaceResult[]): readonly string[] {
  const peers = [
    ...new Set(
      races.flatMap(({ entries }) =>
        entries.flatMap(({ contender }) => (contender.kind === 'peer' ? [contender.name] : [])),
      ),
    ),
  ];
  return table(
    ['', 'gansweep', ...peers],
    races.map((race) => {
      const best = fastestOfOurs(race);
      if (!best) return [race.title, '–', ...peers.map(() => '–')];
      return [
        race.title,
        `${milliseconds(median(best.times.medianMs))} ms (${best.name.replace(/^gansweep /, '')})`,
        ...peers.map((peer) => {
          const outcome = race.entries.find(({ contender }) => contender.name === peer)?.outcome;
          return outcome?.kind === 'measured'
            ? `${factor(ratioOver(outcome.medianMs, best.times.medianMs).median)} ×`
            : '–';
        }),
      ];
    }),
  );
}

function raceTables(races: readonly RaceResult[]): readonly string[] {
  return races.flatMap((race, i) => [...(i > 0 ? [''] : []), ...raceTable(race)]);
}

function raceTable(race: RaceResult): readonly string[] {
  const ours = race.entries.filter(({ contender, outcome }) => contender.kind === 'gansweep' && isMeasured(outcome));
  const rate = race.lanes > 1;
  const onGpu = race.kind === 'gpu-step' || race.kind === 'gpu-lanes';
  const rounds = Math.max(0, ...race.entries.map(({ outcome }) => (isMeasured(outcome) ? outcome.medianMs.length : 0)));
  const columns = [
    race.title,
    'median ms',
    'of it in the executor',
    'best ms',
    ...(rate ? ['lane-steps/s'] : []),
    ...(onGpu ? ['images/s', 'GPU load'] : []),
    'ready after s',
    ...ours.map(({ contender }) => `÷ ${contender.name}`),
  ];
  return [
    ...table(
      columns,
      race.entries.map(({ contender, outcome }) => {
        if (!isMeasured(outcome))
          return [contender.name, `${outcome.kind}: ${cell(outcome.why)}`, ...columns.slice(2).map(() => '')];
        return [
          contender.name,
          milliseconds(median(outcome.medianMs)),
          outcome.executorMs ? milliseconds(median(outcome.executorMs)) : '',
          milliseconds(Math.min(...outcome.bestMs)),
          ...(rate ? [thousands((race.lanes * 1e3) / median(outcome.medianMs))] : []),
          ...(onGpu
            ? [thousands((race.lanes * (race.batch ?? 0) * 1e3) / median(outcome.medianMs)), loadCell(outcome)]
            : []),
          (outcome.setUpMs / 1e3).toFixed(1),
          ...ours.map((base) => ratioCell(outcome, base.outcome as MeasuredRace)),
        ];
      }),
    ),
    '',
    `\`${onGpu ? '--gpu ' : ''}--only ${race.id}\`: ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, losses read every ${race.stepsPerCall === 1 ? 'step' : `${race.stepsPerCall} steps`}.`,
  ];
}

function pairTable(pairs: readonly TwoTrainersResult[]): readonly string[] {
  return table(
    ['', '', 'one alone, steps/s', 'two at once, steps/s', 'two ÷ one', ''],
    pairs.flatMap(({ title, id, entries }) =>
      entries.map(({ contender, outcome }) => {
        const names = [title, contender.name];
        if (outcome.kind !== 'measured') return [...names, `${outcome.kind}: ${cell(outcome.why)}`, '', '', only(id)];
        const alone = outcome.aloneMs.map((ms) => 1e3 / ms);
        const both = outcome.togetherMs.map(([a, b]) => 1e3 / a + 1e3 / b);
        return [...names, perSecond(median(alone)), perSecond(median(both)), spread(ratioOver(both, alone)), only(id)];
      }),
    ),
  );
}

function sweepTable(sweeps: readonly WholeSweepResult[]): readonly string[] {
  return table(
    ['', '', 'median s', 'best s', 'again, median s', 'again, best s', 'curves', ''],
    sweeps.flatMap(({ title, id, entries }) => {
      const hashes = new Set(entries.flatMap(({ outcome }) => (outcome.kind === 'measured' ? outcome.curves : [])));
      return entries.map(({ contender, outcome }) => {
        if (outcome.kind !== 'measured')
          return [title, contender.name, `${outcome.kind}: ${cell(outcome.why)}`, '', '', '', '', only(id)];
        return [
          title,
          contender.name,
          ...[outcome.seconds, outcome.secondsAgain].flatMap((seconds) => [
            median(seconds).toFixed(2),
            Math.min(...seconds).toFixed(2),
          ]),
          hashes.size === 1 ? 'the same in every round' : '**differ**',
          only(id),
        ];
      });
    }),
  );
}

function waitTable(waits: readonly DataWaitResult[]): readonly string[] {
  return table(
    ['', '', 'waited, median', 'waited, most', 'images/s, median', 'losses', ''],
    waits.flatMap(({ title, id, entries }) => {
      const hashes = new Set(entries.flatMap(({ outcome }) => (outcome.kind === 'measured' ? outcome.curves : [])));
      return entries.map(({ contender, outcome }) => {
        const names = [title, contender.name];
        if (outcome.kind !== 'measured')
          return [...names, `${outcome.kind}: ${cell(outcome.why)}`, '', '', '', only(id)];
        return [
          ...names,
          percent(median(outcome.waited)),
          percent(Math.max(...outcome.waited)),
          perSecond(median(outcome.imagesPerSecond)),
          hashes.size === 1 ? 'the same in every round' : '**differ**',
          only(id),
        ];
      });
    }),
  );
}

function neighbourTable(neighbours: readonly NeighbourResult[]): readonly string[] {
  return table(
    ['', 'rows a side', 'precision', 'recall', 'density', 'coverage', 's', ''],
    neighbours.flatMap(({ title, id, entries }) =>
      entries.map(({ outcome }) => {
        if (outcome.kind !== 'measured')
          return [title, `${outcome.kind}: ${cell(outcome.why)}`, '', '', '', '', '', only(id)];
        const { rows, precision, recall, density, coverage, seconds } = outcome;
        const scores = [precision, recall, density, coverage].map((score) => score.toFixed(4));
        return [title, rows.toLocaleString('en-US'), ...scores, seconds.toFixed(1), only(id)];
      }),
    ),
  );
}

function memoryTable(memories: readonly MemoryResult[]): readonly string[] {
  return table(
    ['', '', 'steps', 'before MiB', 'after MiB', 'growth a 1,000 steps, KiB', ''],
    memories.flatMap(({ title, id, entries }) =>
      entries.map(({ contender, outcome }) => {
        const names = [title, contender.name];
        if (outcome.kind !== 'measured')
          return [...names, `${outcome.kind}: ${cell(outcome.why)}`, '', '', '', only(id)];
        const { steps, beforeMiB, afterMiB } = outcome;
        const growth = ((afterMiB - beforeMiB) * 1024) / (steps / 1e3);
        return [
          ...names,
          thousands(steps),
          beforeMiB.toFixed(1),
          afterMiB.toFixed(1),
          growth.toFixed(0).replace('-', '−'),
          only(id),
        ];
      }),
    ),
  );
}

function predictionTable(predictions: readonly PredictionResult[]): readonly string[] {
  return table(
    ['', 'executor', 'loaded', 'predicted MiB', 'measured MiB', 'error', ''],
    predictions.flatMap(({ id, entries }) =>
      entries.map(({ contender, outcome }) => {
        if (outcome.kind !== 'measured')
          return [contender.name, `${outcome.kind}: ${cell(outcome.why)}`, '', '', '', '', only(id)];
        const { executor, copies = 1, predictedBytes, measuredBytes } = outcome;
        const error = 100 * (predictedBytes / measuredBytes - 1);
        return [
          contender.name,
          executor,
          `${copies} ×`,
          (predictedBytes / 2 ** 20).toFixed(1),
          (measuredBytes / 2 ** 20).toFixed(1),
          `${error.toFixed(0).replace('-', '−')} %`,
          only(id),
        ];
      }),
    ),
  );
}

function loadCell({ gpuLoad = [] }: RaceTimes): string {
  const read = gpuLoad.filter((share) => share !== null);
  return read.length === 0 ? '' : `${(100 * median(read)).toFixed(0)} %`;
}

function fastestOfOurs(race: RaceResult): { readonly name: string; readonly times: RaceTimes } | null {
  let best: { readonly name: string; readonly times: RaceTimes } | null = null;
  for (const { contender, outcome } of race.entries) {
    if (contender.kind !== 'gansweep' || !isMeasured(outcome)) continue;
    if (best === null || median(outcome.medianMs) < median(best.times.medianMs))
      best = { name: contender.name, times: outcome };
  }
  return best;
}

function isMeasured(outcome: RaceOutcome): outcome is MeasuredRace {
  return outcome.kind === 'measured';
}

function ratioCell(outcome: MeasuredRace, base: MeasuredRace): string {
  return outcome === base ? '1' : spread(ratioOver(outcome.medianMs, base.medianMs));
}

function spread(ratio: Ratio): string {
  return `${factor(ratio.median)} (${factor(ratio.lower)}–${factor(ratio.upper)})`;
}

function only(id: string): string {
  return `\`--only ${id}\``;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return [
    `| ${header.join(' | ')} |`,
    `|${header.map((_, i) => (i === 0 ? '---' : '---:')).join('|')}|`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ];
}

/** Three digits, of which none is pretence. */
function milliseconds(value: number): string {
  if (value >= 1_000) return thousands(value);
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3);
}

function factor(value: number): string {
  return value.toFixed(value >= 10 ? 0 : value >= 1 ? 1 : 2);
}

function perSecond(value: number): string {
  return value >= 100 ? thousands(value) : value.toFixed(1);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

function thousands(value: number): string {
  return Math.round(value).toLocaleString('en-GB');
}

/** A message in a cell: one line, no column of its own. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
