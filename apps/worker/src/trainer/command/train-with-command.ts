import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type OpenDataset, samplesFromNpy } from '@gansweep/datasets';
import { type CurveName, err, isRecordProtocol, ok, type Result, type RunId, type Samples } from '@gansweep/domain';
import { blindDetectors, PLANE_SAMPLES } from '@gansweep/evaluation';
import { planTraining } from '@gansweep/gan';
import { evaluationTargets, mergeEvaluationPlans } from '@gansweep/orchestrator/evaluation-plan';
import type { Executor } from '@gansweep/program';
import { type TrainerCommand, type TrainerCommands, trainerFilesHash } from '@gansweep/runtime';
import { type AttemptRecord, attemptRecord } from '../evaluation/attempt-record.ts';
import { scoreGenerator } from '../evaluation/score-generator.ts';
import { keep, keepSamples, usableCheckpoint } from '../job-artifacts.ts';
import type { JobTools } from '../job-tools.ts';
import type { JobEnd, TrainingJob } from '../messages.ts';
import { firstOf, sampleSubject } from '../panels/panel-subject.ts';
import { type RunPanels, runPanels } from '../panels/run-panels.ts';
import { type AttemptDetectors, attemptDetectors } from '../run-detectors.ts';
import { EventOrder, type ProgramEvent, readEvent } from './program-events.ts';
import { realsFiles } from './reals-files.ts';
import { type ProgramExit, type RunningProgram, startProgram } from './start-program.ts';

/** Of the messages between gansweep and a program; raised when an old program would misread them. */
const PROTOCOL = 1;
/** A program that ended its training has this long to end itself, and one that was asked to stop to say so. */
const PATIENCE_MS = 20_000;
const LOOK_MS = 100;
/** Curves that are measured from samples. */
const MEASURED = ['sampleDiversity', 'sampleModes', 'sampleNovelty'] as const satisfies readonly CurveName[];
const LOOK_POINTS = 2_000;
const LOOK_IMAGES = 64;
/** Most bytes of a sample, of fakes, and of a checkpoint. */
const PNG_AT_MOST = 16 * 2 ** 20;
const FILE_AT_MOST = 4 * 2 ** 30;

interface CommandTools extends JobTools {
  readonly dataset: OpenDataset;
  readonly executor: Executor;
  /** The run's minutes are used up. */
  readonly overBudget: () => boolean;
}

/**
 * Trains one attempt with a registered program: it is told what to train on standard input, and what it says on standard
 * output becomes the attempt's news. Its fakes are scored by our protocols.
 * @param trainer `name@hash of its files`.
 */
export async function trainWithCommand(job: TrainingJob, trainer: string, tools: CommandTools): Promise<JobEnd> {
  const found = registered(trainer, tools.trainers);
  if (!found.ok) return { kind: 'failed', failureKind: 'worker-local', message: found.error };
  const scratch = await emptyScratch(job.runId, job.epoch);
  const plan = planTraining(job.configuration);
  const detectors = attemptDetectors(job, { dataset: tools.dataset, plan, tell: tools.tell });
  try {
    const { order, resumedAt } = await orderFor(job, { tools, scratch, looksAt: detectors.looksAt });
    const program = startProgram(found.value, (line) => tools.tell({ kind: 'log', line }));
    try {
      program.send(order);
      return await new CommandAttempt(job, { trainer, scratch, resumedAt, program, detectors, tools }).live();
    } finally {
      program.kill();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The command as it is registered here, or why this worker cannot run it. */
function registered(trainer: string, commands: TrainerCommands): Result<TrainerCommand, string> {
  const [name = '', files = ''] = trainer.split('@');
  const command = commands.get(name);
  const mend = 'register it alike in the file of GANSWEEP_TRAINERS on every worker and on the API';
  if (!command) return err(`this worker has no command ${name}: ${mend}`);
  let here: string;
  try {
    here = trainerFilesHash(command);
  } catch (error) {
    return err(`a file of ${name} cannot be read here (${error instanceof Error ? error.message : error}): ${mend}`);
  }
  return here === files
    ? ok(command)
    : err(`${name} has the files ${here} on this worker, the run was made for ${files}: ${mend}, or submit again`);
}

/** A folder of this attempt; what earlier attempts on this machine left is removed. */
async function emptyScratch(runId: RunId, epoch: number): Promise<string> {
  const mine = `gansweep-${runId}-`;
  for (const name of await readdir(tmpdir()))
    if (name.startsWith(mine)) await rm(path.join(tmpdir(), name), { recursive: true, force: true });
  const scratch = path.join(tmpdir(), `${mine}${epoch}`);
  await mkdir(scratch, { mode: 0o700 });
  return scratch;
}

async function orderFor(
  job: TrainingJob,
  {
    tools,
    scratch,
    looksAt,
  }: { readonly tools: CommandTools; readonly scratch: string; readonly looksAt: readonly number[] },
): Promise<{ readonly order: object; readonly resumedAt: number }> {
  const { configuration, seed, plans } = job;
  const checkpoint = await usableCheckpoint(job, tools);
  const resume = checkpoint && { imagesSeen: checkpoint.imagesSeen, file: path.join(scratch, 'resume') };
  if (resume) await writeFile(resume.file, checkpoint.bytes);
  const { totalImages } = planTraining(configuration);
  return {
    resumedAt: resume?.imagesSeen ?? 0,
    order: {
      protocol: PROTOCOL,
      configuration,
      seed,
      images: totalImages,
      evaluateAt: evaluationTargets(plans, totalImages),
      fakes: fakesOf(job, tools),
      looksAt,
      looks: looksOf(tools),
      ...(await realsFiles(tools.dataset, { seed, datasets: tools.datasets, scratch })),
      scratch,
      resume,
      checkpointSeconds: Number.isFinite(tools.checkpointMs) ? tools.checkpointMs / 1000 : null,
    },
  };
}

function fakesOf({ plans, configuration }: TrainingJob, { dataset }: CommandTools): number {
  return dataset.heldOut.kind === 'plane' ? PLANE_SAMPLES : mergeEvaluationPlans(plans, configuration.dataset).samples;
}

/** Samples of a look: as many as detectors get of our own models. */
function looksOf({ dataset }: CommandTools): number {
  return dataset.heldOut.kind === 'plane' ? LOOK_POINTS : LOOK_IMAGES;
}

/** What became of an event: nothing to say, or how the attempt ended. */
type Step = JobEnd | null;

/** One program's training, event by event. */
class CommandAttempt {
  readonly #job: TrainingJob;
  readonly #trainer: string;
  readonly #scratch: string;
  readonly #program: RunningProgram;
  readonly #tools: CommandTools;
  readonly #order: EventOrder;
  readonly #resumedAt: number;
  readonly #detectors: AttemptDetectors;
  readonly #panels: RunPanels;
  readonly #record: AttemptRecord;
  readonly #curves = new Set<CurveName>();
  readonly #totalImages: number;
  #lines = 0;
  #evaluatedAt = -1;
  #measuredAt = -1;
  #measuresItself = false;
  #stop: { readonly at: number; readonly because: 'asked' | 'budget' | 'finding' } | null = null;
  #overdue = false;

  constructor(
    job: TrainingJob,
    {
      trainer,
      scratch,
      resumedAt,
      program,
      detectors,
      tools,
    }: {
      readonly trainer: string;
      readonly scratch: string;
      readonly resumedAt: number;
      readonly program: RunningProgram;
      readonly detectors: AttemptDetectors;
      readonly tools: CommandTools;
    },
  ) {
    this.#job = job;
    this.#trainer = trainer;
    this.#scratch = scratch;
    this.#program = program;
    this.#tools = tools;
    this.#detectors = detectors;
    const { dataset, executor, seconds, turn, evaluations } = tools;
    const folder = `runs/${job.runId}/e${job.epoch}`;
    const totalImages = planTraining(job.configuration).totalImages;
    this.#panels = runPanels(tools, {
      folder,
      dataset,
      executor,
      totalImages,
      seconds,
      slotSeconds: () => tools.share.seconds(),
      share: evaluations.share,
      turn,
    });
    this.#record = attemptRecord(job, { plan: planTraining(job.configuration), seconds, date: tools.date });
    this.#resumedAt = resumedAt;
    for (const { name, imagesSeen } of job.history) if (imagesSeen <= resumedAt) this.#curves.add(name);
    this.#totalImages = totalImages;
    this.#order = new EventOrder({ resumedAt, end: this.#totalImages });
  }

  async live(): Promise<JobEnd> {
    const look = setInterval(() => this.#look(), LOOK_MS);
    try {
      for await (const line of this.#program.lines) {
        this.#lines += 1;
        const read = readEvent(line);
        const wrong = read.ok ? this.#order.take(read.value) : read.error;
        if (wrong !== null || !read.ok) return this.#refused(line, wrong ?? '');
        const end = await this.#take(read.value, line);
        if (end) return end;
      }
      return this.#endedSilently(await this.#program.exited);
    } finally {
      clearInterval(look);
    }
  }

  /** Tells the program to stop when somebody wants it, and ends one that does not. */
  #look(): void {
    const tools = this.#tools;
    if (this.#stop === null) {
      const because = tools.stopAsked()
        ? 'asked'
        : tools.overBudget()
          ? 'budget'
          : this.#detectors.endRun()
            ? 'finding'
            : null;
      if (because === null) return;
      this.#stop = { at: tools.seconds(), because };
      this.#program.send({ order: 'stop' });
    } else if (tools.seconds() - this.#stop.at > PATIENCE_MS / 1000 && !this.#overdue) {
      this.#overdue = true;
      this.#program.kill();
    }
  }

  async #take(event: ProgramEvent, line: string): Promise<Step> {
    const { tell } = this.#tools;
    const folder = `runs/${this.#job.runId}/e${this.#job.epoch}`;
    switch (event.event) {
      case 'started': {
        const { version, device, resumedAtImages } = event;
        tell({ kind: 'started', backend: { name: `command ${this.#trainer}`, version, device }, resumedAtImages });
        this.#detectors.resume(this.#resumedAt, { isInherited: false });
        this.#record.resume(this.#resumedAt);
        return null;
      }
      case 'alive':
        tell({ kind: 'alive' });
        return null;
      case 'points':
        tell({ kind: 'points', imagesSeen: event.imagesSeen, values: event.values });
        for (const name of Object.keys(event.values) as CurveName[]) this.#curves.add(name);
        if (MEASURED.some((name) => name in event.values)) this.#measuresItself = true;
        this.#detectors.points(event.imagesSeen, event.values);
        this.#record.points(event.imagesSeen, event.values);
        return null;
      case 'sample':
        return this.#keepSample(event, { line, key: `${folder}/${event.imagesSeen}.png` });
      case 'evaluation':
        return this.#evaluate(event, line);
      case 'checkpoint': {
        const bytes = await this.#read(event.file, FILE_AT_MOST);
        if (!bytes.ok) return this.#refused(line, bytes.error);
        const { imagesSeen } = event;
        await keep(this.#tools, { key: `${folder}/${imagesSeen}.full`, kind: 'full', imagesSeen, bytes: bytes.value });
        await rm(path.join(this.#scratch, event.file));
        return null;
      }
      case 'ended':
        return this.#ended(event, line);
    }
  }

  async #keepSample(
    { imagesSeen, file, shown }: Extract<ProgramEvent, { readonly event: 'sample' }>,
    { line, key }: { readonly line: string; readonly key: string },
  ): Promise<Step> {
    const { tell, artifacts } = this.#tools;
    if (!file.endsWith('.png')) {
      const samples = await this.#samples(file);
      if (!samples.ok) return this.#refused(line, samples.error);
      this.#measure(imagesSeen, samples.value);
      if (!shown) return null;

      await keepSamples(this.#tools, this.#job.configuration, { key, imagesSeen, samples: samples.value });
      return null;
    }
    const bytes = await this.#read(file, PNG_AT_MOST);
    if (!bytes.ok) return this.#refused(line, bytes.error);
    if (!isPng(bytes.value)) return this.#refused(line, `${file} is no PNG`);
    await artifacts.write(key, bytes.value);
    tell({ kind: 'sample', sample: { imagesSeen, artifact: key } });
    return null;
  }

  async #evaluate(
    { imagesSeen, fakes: file }: { readonly imagesSeen: number; readonly fakes: string },
    line: string,
  ): Promise<Step> {
    const { plans, configuration, dataHash, folder } = this.#job;
    const { dataset, executor, evaluations, seconds, date, tell } = this.#tools;
    const fakes = await this.#samples(file);
    if (!fakes.ok) return this.#refused(line, fakes.error);
    const wanted = fakesOf(this.#job, this.#tools);
    if (fakes.value.count < wanted)
      return this.#refused(line, `${file} has ${fakes.value.count} samples, and "fakes" asked for ${wanted}`);
    this.#measure(imagesSeen, fakes.value);
    const { protocols: all, samples, extractors } = mergeEvaluationPlans(plans, configuration.dataset);
    const protocols = all.filter((id) => !isRecordProtocol(id));
    const records = await scoreGenerator(
      { configuration, dataHash, folder, protocols, extractors, samples, imagesSeen, date: date() },
      {
        generator: { draw: async ({ count }) => firstOf(fakes.value, count) },
        dataset,
        executor,
        openRegistered: evaluations.openRegistered,
        seconds,
      },
    );
    for (const evaluation of [...records, ...this.#record.evaluated(imagesSeen, records)])
      tell({ kind: 'evaluation', evaluation });
    await this.#panels.ofSamples({ subject: sampleSubject(fakes.value, configuration, dataset), imagesSeen });
    this.#evaluatedAt = imagesSeen;
    await rm(path.join(this.#scratch, file));
    return null;
  }

  /** The first samples of a position, unless the program measures samples itself. */
  #measure(imagesSeen: number, samples: Samples): void {
    const count = looksOf(this.#tools);
    if (this.#measuresItself || imagesSeen === this.#measuredAt || samples.count < count) return;
    this.#measuredAt = imagesSeen;
    for (const name of this.#detectors.samples(imagesSeen, firstOf(samples, count))) this.#curves.add(name);
  }

  #tellOfBlindDetectors(): void {
    const isPlane = this.#tools.dataset.heldOut.kind === 'plane';
    const blind = blindDetectors(this.#curves).filter(({ name }) => !(isPlane && name === 'memorisation'));
    if (blind.length === 0) return;
    const each = blind.map(({ name, needs }) => `${name} (needs ${needs})`);
    this.#tools.tell({
      kind: 'log',
      line: `not looked for, since the program does not say enough: ${each.join('; ')}`,
    });
  }

  async #ended(
    { imagesSeen, because, what }: Extract<ProgramEvent, { readonly event: 'ended' }>,
    line: string,
  ): Promise<Step> {
    this.#tellOfBlindDetectors();
    switch (because) {
      case 'diverged':
        this.#detectors.diverged(imagesSeen, what);
        return { kind: 'diverged', imagesSeen, firstBadTensor: what };
      case 'stop':
        if (this.#stop === null) return this.#refused(line, 'says stop, and nobody asked for it');
        return ENDS[this.#stop.because](imagesSeen);
      case 'images':
        return this.#evaluatedAt === imagesSeen
          ? { kind: 'succeeded', imagesSeen, endedBy: 'images' }
          : this.#refused(line, `comes without an evaluation at ${imagesSeen}, which "evaluateAt" asked for`);
    }
  }

  #endedSilently({ refused, exitCode, signal, lastWords }: ProgramExit): JobEnd {
    const said = lastWords === '' ? '' : `; its last words: ${lastWords}`;
    if (refused !== null)
      return {
        kind: 'failed',
        failureKind: 'worker-local',
        message: `${this.#trainer} could not be started on this worker (${refused}): mend its argv in the file of GANSWEEP_TRAINERS`,
      };
    if (this.#overdue)
      return {
        kind: 'failed',
        failureKind: 'user',
        message: `${this.#trainer} did not stop within ${PATIENCE_MS / 1000} s of {"order":"stop"}: it has to read standard input while it trains`,
      };
    const how = signal ? `was ended by ${signal}` : `ended with exit code ${exitCode}`;
    return {
      kind: 'failed',
      failureKind: signal === 'SIGKILL' || signal === 'SIGTERM' ? 'infra' : 'crash',
      message: `${this.#trainer} ${how} after ${this.#lines} lines, without the event ended${said}`,
    };
  }

  #refused(line: string, problem: string): JobEnd {
    const shown = line.length > 200 ? `${line.slice(0, 200)}…` : line;
    return {
      kind: 'failed',
      failureKind: 'user',
      message: `line ${this.#lines} of ${this.#trainer} ${problem} — ${shown}`,
    };
  }

  async #read(file: string, atMost: number): Promise<Result<Uint8Array, string>> {
    try {
      const bytes = await readFile(path.join(this.#scratch, file));
      return bytes.length <= atMost ? ok(bytes) : err(`${file} has ${bytes.length} bytes, more than ${atMost}`);
    } catch (error) {
      return err(
        `names ${file}, which cannot be read in the scratch folder (${(error as NodeJS.ErrnoException).code})`,
      );
    }
  }

  /** Samples of the kind and size of the data. */
  async #samples(file: string): Promise<Result<Samples, string>> {
    const bytes = await this.#read(file, FILE_AT_MOST);
    if (!bytes.ok) return bytes;
    const samples = samplesFromNpy(bytes.value);
    if (!samples.ok) return err(`${file} ${samples.error}`);
    const { heldOut } = this.#tools.dataset;
    const { value } = samples;
    if (heldOut.kind === 'plane')
      return value.kind === 'points' ? ok(value) : err(`${file} holds images, and the data are points`);
    const fits =
      value.kind === 'images' &&
      value.height === heldOut.height &&
      value.width === heldOut.width &&
      value.channels === heldOut.channels;
    return fits
      ? ok(value)
      : err(
          `${file} needs uint8 images of (n, ${heldOut.height}, ${heldOut.width}, ${heldOut.channels}), as the data have`,
        );
  }
}

/** What a program's stop ends as, by who wanted it. */
const ENDS: Readonly<Record<'asked' | 'budget' | 'finding', (imagesSeen: number) => JobEnd>> = {
  asked: (imagesSeen) => ({ kind: 'stopped', imagesSeen }),
  budget: (imagesSeen) => ({ kind: 'succeeded', imagesSeen, endedBy: 'budget' }),
  finding: (imagesSeen) => ({ kind: 'pruned', imagesSeen }),
};

function isPng(bytes: Uint8Array): boolean {
  return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a].every((byte, i) => bytes[i] === byte);
}
