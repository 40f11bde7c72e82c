/**
 * Trains the labelled runs that are not recorded yet, and those of the named kinds or seeds (of both where both are named) anew:
 * `node --import tsx packages/testkit/src/labelled-runs/record-runs.ts [kind…] [seed…]`. The detectors' test reads the file.
 */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { openDataset } from '@gansweep/datasets';
import { type Configuration, type CurveName, type ImageReals, isPlaneLaw } from '@gansweep/domain';
import { DETECTED_CURVES, LOOKS, sampleMeasures } from '@gansweep/evaluation';
import { planTraining, trainGan } from '@gansweep/gan';
import { onnxExecutor, wasmExecutor } from '@gansweep/program';
import { parseSweepSpec, planOf } from '@gansweep/spec';
import { LABELLED_KINDS, type LabelledKind } from './kinds.ts';
import { LABELLED_SEEDS, type LabelledRun, labelledRunsFile, readLabelledRuns } from './read-runs.ts';

/** Digits of a recorded value that are kept. */
const DIGITS = 4;

const words = process.argv.slice(2);
const [kinds, seeds] = [
  words.filter((word) => !/^\d+$/.test(word)),
  words.filter((word) => /^\d+$/.test(word)).map(Number),
];
const isWanted = (kind: string, seed: number): boolean =>
  words.length > 0 && (kinds.length === 0 || kinds.includes(kind)) && (seeds.length === 0 || seeds.includes(seed));
const runs = (existsSync(labelledRunsFile) ? readLabelledRuns() : []).filter(
  ({ kind, seed }) =>
    kind in LABELLED_KINDS && !isWanted(kind, seed) && (LABELLED_SEEDS as readonly number[]).includes(seed),
);
const missing = Object.entries(LABELLED_KINDS).flatMap(([kind, labelled]) =>
  LABELLED_SEEDS.filter((seed) => !runs.some((run) => run.kind === kind && run.seed === seed)).map((seed) => ({
    kind,
    labelled,
    seed,
  })),
);
for (const { kind, labelled, seed } of missing) {
  const start = performance.now();
  const run = await record(kind, labelled, seed);
  runs.push(run);
  console.log(
    `${kind} ${seed}: ${((performance.now() - start) / 1000).toFixed(1)} s${run.firstBadTensor ? ', diverged' : ''}`,
  );
  await save();
}

async function save(): Promise<void> {
  const lines = runs.map((run) => JSON.stringify(run)).sort();
  await writeFile(labelledRunsFile, gzipSync(`${lines.join('\n')}\n`, { level: 9 }));
}

async function record(kind: string, { parameters, trainOn }: LabelledKind, seed: number): Promise<LabelledRun> {
  const configuration = configurationOf(parameters);
  const { train, heldOut } = await openDataset(configuration);
  const reals = train.kind === 'images' && trainOn !== undefined ? firstOf(train, trainOn) : train;
  const measure =
    reals.kind === 'plane' && isPlaneLaw(configuration.dataset)
      ? sampleMeasures({ train: reals, law: configuration.dataset })
      : sampleMeasures({ train: reals as ImageReals, heldOut: heldOut as ImageReals });
  const { totalImages } = planTraining(configuration);
  await using executor = await openExecutor(configuration);
  const training = trainGan({
    configuration,
    seed,
    reals,
    executor: executor.executor,
    resume: null,
    evaluateAt: [],
    samplesAt: Array.from({ length: LOOKS }, (_, i) => Math.ceil(((i + 1) * totalImages) / LOOKS)),
    checkpointDue: () => false,
    stop: () => 'go-on',
    seconds: () => performance.now() / 1000,
  });
  const borders = new Map<number, Partial<Record<CurveName, number>>>();
  for (;;) {
    const { done, value } = await training.next();
    if (done)
      return {
        kind,
        seed,
        imagesPerIteration: planTraining(configuration).imagesPerIteration,
        totalImages,
        endedAt: value.imagesSeen,
        firstBadTensor: value.kind === 'diverged' ? value.firstBadTensor : null,
        ...tableOf(borders),
      };
    const values = value.kind === 'points' ? value.values : value.kind === 'samples' ? measure(value.samples) : null;
    if (values && 'imagesSeen' in value) borders.set(value.imagesSeen, { ...borders.get(value.imagesSeen), ...values });
  }
}

function configurationOf(parameters: LabelledKind['parameters']): Configuration {
  const spec = parseSweepSpec({
    format: 'json',
    text: JSON.stringify({
      version: 1,
      name: 'labelled',
      method: 'grid',
      parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, { value }])),
    }),
  });
  if (!spec.ok) throw new Error(JSON.stringify(spec.error));
  return planOf(spec.value).trialAt(0).configuration;
}

/** What the product takes: dense programs as WebAssembly, others on ONNX Runtime. */
async function openExecutor({ model }: Configuration) {
  const executor = model === 'mlp2d' ? await wasmExecutor() : await onnxExecutor({ threads: 1 });
  return { executor, [Symbol.asyncDispose]: async () => {} };
}

/** The first `count` images alone, again and again as a set of its own. */
function firstOf(images: ImageReals, count: number): ImageReals {
  return {
    kind: 'images',
    count,
    height: images.height,
    width: images.width,
    channels: images.channels,
    copy: (positions, out) => images.copy(positions, out),
  };
}

function tableOf(
  borders: ReadonlyMap<number, Partial<Record<CurveName, number>>>,
): Pick<LabelledRun, 'imagesSeen' | 'curves'> {
  const imagesSeen = [...borders.keys()];
  const names = new Set([...borders.values()].flatMap((values) => Object.keys(values) as CurveName[]));
  for (const name of names) if (!(DETECTED_CURVES as readonly CurveName[]).includes(name)) names.delete(name);
  return {
    imagesSeen,
    curves: Object.fromEntries(
      [...names].map((name) => [
        name,
        imagesSeen.map((images) => {
          const value = borders.get(images)?.[name];
          return value === undefined || !Number.isFinite(value) ? null : Number(value.toPrecision(DIGITS));
        }),
      ]),
    ),
  };
}
