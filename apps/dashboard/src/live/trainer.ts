import { planeReals } from '@gansweep/datasets/browser';
import { EVALUATION_SEED, type Mlp2dConfiguration, protocolsFor, STREAMS } from '@gansweep/domain';
import { featureMatrix, measurePlane, PLANE_SAMPLES } from '@gansweep/evaluation/browser';
import { type LivePoint, openLiveTraining } from '@gansweep/gan/browser';
import type { Executor } from '@gansweep/program/browser';
import type { Command, Looked, Pace, Report, Scores } from './messages.ts';
import { fieldPoints } from './view.ts';

/** Points shown of the law, and of G. */
const SHOWN = 1_000;
/** Training between two turns of the process, so that commands are heard within a frame. */
const SLICE_SECONDS = 0.012;
const SPEED_WINDOW_SECONDS = 1;
const SCORE_EVERY_SECONDS = 1;
/** Scores take several times as long as a look; above this they would be seen as a stutter. */
const LOOK_SECONDS_FOR_SCORES = 0.02;
/** The plane protocols whose scores are shown; the others take as long as a second of training. */
const SCORED: readonly string[] = ['density2d/v1', 'modes2d/v1'];

export interface TrainerPorts {
  /** Made when a training is opened; may throw a sentence for a person. */
  readonly executor: () => Executor;
  readonly post: (report: Report) => void;
  /** Monotone clock in seconds. */
  readonly seconds: () => number;
  /** Lets the process hear commands; resolves after `waitSeconds` at the earliest. */
  readonly turn: (waitSeconds: number) => Promise<void>;
}

/** What stands behind the messages of a live training: obeys commands in their order and trains between them. */
export function createTrainer(ports: TrainerPorts): (command: Command) => void {
  const waiting: Command[] = [];
  let training: Training | null = null;
  let atWork = false;
  const work = async (): Promise<void> => {
    atWork = true;
    try {
      for (;;) {
        const command = waiting.shift();
        if (command?.kind === 'open') {
          training = await openTraining(command, ports);
          continue;
        }
        if (command) await training?.obey(command);
        else if (training?.isMoving()) await ports.turn(await training.move());
        else return;
      }
    } catch (error) {
      training = null;
      ports.post({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    } finally {
      atWork = false;
    }
  };
  return (command) => {
    waiting.push(command);
    if (!atWork) void work();
  };
}

interface Training {
  obey(command: Exclude<Command, { kind: 'open' }>): Promise<void>;
  isMoving(): boolean;
  /** Trains a slice, and shows it where a look was asked for. @returns seconds until there is more to do. */
  move(): Promise<number>;
}

async function openTraining(
  { configuration, seed }: Extract<Command, { kind: 'open' }>,
  { executor: makeExecutor, post, seconds }: TrainerPorts,
): Promise<Training> {
  const executor = makeExecutor();
  const law = configuration.dataset;
  const live = await openLiveTraining({ configuration, seed, reals: planeReals(law), executor });
  const scorer = createScorer(configuration);
  const grid = fieldPoints(law);
  const speed = createSpeedometer(seconds);
  let pace: Pace | null = null;
  let state: Looked['state'] = 'paused';
  let firstBadTensor: string | null = null;
  let points: LivePoint[] = [];
  let goes = 0;
  let lookWanted = false;
  let lookSeconds = 0;
  let secondsPerIteration = Number.POSITIVE_INFINITY;
  /** Iterations that a limited pace allows by now. */
  let allowed = 0;
  let allowedAt = 0;

  const advance = async (iterations: number): Promise<void> => {
    const step = await live.advance(iterations);
    if (step.point) points.push(step.point);
    if (step.kind === 'went-on') return;
    state = 'diverged';
    firstBadTensor = step.firstBadTensor;
  };
  const look = async (): Promise<void> => {
    lookWanted = false;
    const begun = seconds();
    const [fakes, field] = [await live.draw(SHOWN), await live.judge(grid)];
    lookSeconds = seconds() - begun;
    if (lookSeconds < LOOK_SECONDS_FOR_SCORES && fakes.every(Number.isFinite))
      await scorer.score(live.imagesSeen(), seconds(), state === 'paused', (count) =>
        live.draw(count, { seed: EVALUATION_SEED, stream: STREAMS.evaluationNoise }),
      );
    const imagesSeen = live.imagesSeen();
    const imagesPerSecond = speed.read();
    const scores = scorer.newest();
    post({ kind: 'looked', state, goes, firstBadTensor, imagesSeen, imagesPerSecond, points, fakes, field, scores });
    points = [];
  };
  const iterationsAllowed = (rate: number | null): number => {
    if (rate === null) return Number.POSITIVE_INFINITY;
    const now = seconds();
    // What a busy moment kept back is not caught up with in one leap.
    allowed = Math.min(allowed + rate * (now - allowedAt), Math.max(1, rate / 10));
    allowedAt = now;
    return Math.floor(allowed);
  };

  const reals = new Float32Array(2 * SHOWN);
  planeReals(law).draw(seed, 0, reals);
  const { name, version, device } = executor;
  post({ kind: 'opened', backend: { name, version, device }, totalImages: live.plan.totalImages, reals });
  return {
    isMoving: () => state === 'training',
    obey: async (command) => {
      switch (command.kind) {
        case 'go':
          goes += 1;
          if (state === 'diverged') return;
          if (state === 'paused') speed.begin(live.imagesSeen());
          ({ pace } = command);
          [state, allowed, allowedAt] = ['training', 0, seconds()];
          return;
        case 'pause':
          if (state === 'training') state = 'paused';
          if (lookWanted) await look();
          return;
        case 'step':
          if (state !== 'diverged') await advance(1);
          return;
        case 'look':
          lookWanted = true;
          if (state !== 'training') await look();
      }
    },
    move: async () => {
      const until = pace?.until ?? Number.POSITIVE_INFINITY;
      const end = seconds() + Math.max(SLICE_SECONDS, lookSeconds);
      let left = iterationsAllowed(pace?.iterationsPerSecond ?? null);
      while (left > 0 && state === 'training' && seconds() < end) {
        const before = live.imagesSeen();
        const begun = seconds();
        const fitting = Math.max(1, Math.floor((end - begun) / secondsPerIteration));
        await advance(Math.min(left, fitting));
        const done = (live.imagesSeen() - before) / live.plan.imagesPerIteration;
        secondsPerIteration = (seconds() - begun) / done;
        left -= done;
        allowed -= done;
        if (before < until && live.imagesSeen() >= until) state = state === 'training' ? 'paused' : state;
      }
      speed.note(live.imagesSeen());
      if (lookWanted) await look();
      return left < 1 ? SLICE_SECONDS / 3 : 0;
    },
  };
}

/** Images a second over the last second or so. */
function createSpeedometer(seconds: () => number) {
  let from = { at: 0, images: 0 };
  let speed: number | null = null;
  return {
    begin: (images: number): void => {
      from = { at: seconds(), images };
    },
    note: (images: number): void => {
      const passed = seconds() - from.at;
      if (speed !== null && passed < SPEED_WINDOW_SECONDS) return;
      if (passed <= 0) return;
      speed = (images - from.images) / passed;
      if (passed >= SPEED_WINDOW_SECONDS) from = { at: seconds(), images };
    },
    read: (): number | null => speed,
  };
}

/** Scores by the protocols of the service, on the fakes that its evaluations draw. */
function createScorer({ dataset: law }: Mlp2dConfiguration) {
  const heldOut = planeReals(law, STREAMS.evaluationReals);
  const protocols = protocolsFor(law).filter((protocol): protocol is 'density2d/v1' | 'modes2d/v1' =>
    SCORED.includes(protocol),
  );
  let newest: Scores | null = null;
  let nextAt = 0;
  return {
    newest: (): Scores | null => newest,
    /** @param isResting scores this state now unless it has been. */
    score: async (
      imagesSeen: number,
      now: number,
      isResting: boolean,
      draw: (count: number) => Promise<Float32Array>,
    ): Promise<void> => {
      if (newest?.imagesSeen === imagesSeen || (!isResting && now < nextAt)) return;
      nextAt = now + SCORE_EVERY_SECONDS;
      const drawn = await draw(PLANE_SAMPLES);
      if (!drawn.every(Number.isFinite)) return;
      const fakes = featureMatrix(drawn, 2);
      const measured = protocols.map((protocol) => measurePlane({ protocol, law, heldOut, fakes }).scores);
      newest = { imagesSeen, values: Object.assign({}, ...measured) };
    },
  };
}
