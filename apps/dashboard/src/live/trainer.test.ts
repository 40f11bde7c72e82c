import { planeReals } from '@gansweep/datasets';
import { EVALUATION_SEED, type Mlp2dConfiguration, STREAMS } from '@gansweep/domain';
import { featureMatrix, measurePlane, PLANE_SAMPLES } from '@gansweep/evaluation/browser';
import { type TrainingEvent, trainGan } from '@gansweep/gan';
import { openLiveTraining } from '@gansweep/gan/browser';
import { ExecutorUnavailable, wasmExecutor } from '@gansweep/program';
import { resolveConfiguration } from '@gansweep/spec';
import { describe, expect, it } from 'vitest';
import type { Command, Looked, Report } from './messages.ts';
import { createTrainer, type TrainerPorts } from './trainer.ts';
import { FIELD_SIDE } from './view.ts';

const SEED = 3;
const FULL = { iterationsPerSecond: null, until: null } as const;
const RING = configuration({ dataset: 'ring8', images: 6_400, batch: 32 });

function configuration(fields: Record<string, string | number>): Mlp2dConfiguration {
  const read = resolveConfiguration({ model: 'mlp2d', ...fields });
  if (!read.ok || read.value.model !== 'mlp2d') throw new Error('not of the plane');
  return read.value;
}

/** A trainer on a clock that passes a millisecond whenever it is read; `reports` resolves with the next of a kind. */
function startTrainer(ports: Partial<TrainerPorts> = {}) {
  const reports: Report[] = [];
  let heard: () => void = () => {};
  let now = 0;
  const send = createTrainer({
    executor: wasmExecutor,
    post: (report) => {
      reports.push(report);
      heard();
    },
    seconds: () => {
      now += 0.001;
      return now;
    },
    turn: (waitSeconds) => {
      now += waitSeconds;
      return new Promise((resolve) => setImmediate(resolve));
    },
    ...ports,
  });
  const next = async (): Promise<Report> => {
    while (reports.length === 0)
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
    return reports.shift() as Report;
  };
  const look = async (): Promise<Looked> => {
    send({ kind: 'look' });
    const report = await next();
    if (report.kind !== 'looked') throw new Error(`got ${JSON.stringify(report)}`);
    return report;
  };
  return { send, next, look, clock: () => now };
}

async function openedTrainer(of: Mlp2dConfiguration = RING) {
  const trainer = startTrainer();
  trainer.send({ kind: 'open', configuration: of, seed: SEED });
  const opened = await trainer.next();
  if (opened.kind !== 'opened') throw new Error(`got ${JSON.stringify(opened)}`);
  return { ...trainer, opened };
}

async function lookUntil(look: () => Promise<Looked>, enough: (looked: Looked) => boolean): Promise<readonly Looked[]> {
  const looks: Looked[] = [];
  for (;;) {
    const looked = await look();
    looks.push(looked);
    if (enough(looked)) return looks;
  }
}

describe('the trainer of the live page', () => {
  it('opens with the law’s points, what executes it and the budget, and shows the untrained networks', async () => {
    const { opened, look } = await openedTrainer();
    expect(opened).toMatchObject({ totalImages: 6_400, backend: { name: 'wasm' } });
    expect(opened.reals).toHaveLength(2_000);
    const looked = await look();
    expect(looked).toMatchObject({ state: 'paused', imagesSeen: 0, points: [], imagesPerSecond: null });
    expect(looked.fakes).toHaveLength(2_000);
    expect(looked.field).toHaveLength(FIELD_SIDE * FIELD_SIDE);
  });

  it('trains to where it is told, with the points that a run of the service records, and rests there', async () => {
    const { send, look } = await openedTrainer();
    send({ kind: 'go', pace: { ...FULL, until: 6_400 } });
    const looks = await lookUntil(look, ({ state, goes }) => goes === 1 && state === 'paused');
    expect(looks.at(-1)?.imagesSeen).toBe(6_400);
    expect(looks.flatMap(({ points }) => points)).toEqual(await recorded(RING));
    expect((await look()).imagesSeen).toBe(6_400);
  });

  it('goes on beyond the budget when it is told to', async () => {
    const { send, look } = await openedTrainer();
    send({ kind: 'go', pace: FULL });
    const looks = await lookUntil(look, ({ imagesSeen }) => imagesSeen > 12_800);
    expect(looks.at(-1)?.state).toBe('training');
    expect(looks.at(-1)?.imagesPerSecond).toBeGreaterThan(0);
    send({ kind: 'pause' });
    await look();
  });

  it('answers a look that it was asked for before the pause, and trains no more', async () => {
    const { send, next, look } = await openedTrainer();
    for (const command of [
      { kind: 'go', pace: FULL },
      { kind: 'look' },
      { kind: 'pause' },
    ] as const satisfies readonly Command[])
      send(command);
    const paused = (await next()) as Looked;
    expect(paused.state).toBe('paused');
    expect((await look()).imagesSeen).toBe(paused.imagesSeen);
  });

  it('takes a single iteration for a step', async () => {
    const { send, look } = await openedTrainer();
    send({ kind: 'step' });
    expect((await look()).imagesSeen).toBe(32);
    send({ kind: 'step' });
    expect((await look()).imagesSeen).toBe(64);
  });

  it('keeps the pace that it is given', async () => {
    const { send, look, clock } = await openedTrainer();
    const begun = clock();
    send({ kind: 'go', pace: { iterationsPerSecond: 100, until: null } });
    const looks = await lookUntil(look, ({ imagesSeen }) => imagesSeen >= 32 * 200);
    const iterations = (looks.at(-1)?.imagesSeen ?? 0) / 32;
    expect(iterations / (clock() - begun)).toBeGreaterThan(80);
    expect(iterations / (clock() - begun)).toBeLessThan(105);
    send({ kind: 'pause' });
  });

  it('scores what it shows as the service would at the same images', async () => {
    const { send, look } = await openedTrainer();
    for (let i = 0; i < 5; i++) send({ kind: 'step' });
    await look();
    // The first look of a state measures whether a score is cheap.
    const { scores, imagesSeen } = await look();
    const reals = planeReals('ring8');
    await using live = await openLiveTraining({ configuration: RING, seed: SEED, reals, executor: wasmExecutor() });
    for (let i = 0; i < 5; i++) await live.advance(1);
    const drawn = await live.draw(PLANE_SAMPLES, { seed: EVALUATION_SEED, stream: STREAMS.evaluationNoise });
    const there = measurePlane({
      protocol: 'density2d/v1',
      law: 'ring8',
      heldOut: planeReals('ring8', STREAMS.evaluationReals),
      fakes: featureMatrix(drawn, 2),
    });
    expect(scores).toMatchObject({ imagesSeen, values: { js: there.scores.js } });
  });

  it('names the first bad tensor of a training that diverges, and does not go on', async () => {
    const { send, look } = await openedTrainer({
      ...configuration({ dataset: 'ring8', optimizer: 'sgd' }),
      lrG: 1e30,
      lrD: 1e30,
    });
    send({ kind: 'go', pace: FULL });
    const looks = await lookUntil(look, ({ state, imagesSeen }) => state === 'diverged' || imagesSeen > 1e6);
    const last = looks.at(-1) as Looked;
    if (last.state !== 'diverged') throw new Error('this was to diverge');
    expect(last.firstBadTensor).not.toBeNull();
    for (const kind of ['step', 'go'] as const) send(kind === 'step' ? { kind } : { kind, pace: FULL });
    expect((await look()).imagesSeen).toBe(last.imagesSeen);
  });

  it('says in a sentence why it cannot train', async () => {
    const trainer = startTrainer({
      executor: () => {
        throw new ExecutorUnavailable('this browser has no vectors: take a newer one');
      },
    });
    trainer.send({ kind: 'open', configuration: RING, seed: SEED });
    expect(await trainer.next()).toEqual({ kind: 'failed', message: 'this browser has no vectors: take a newer one' });
  });
});

async function recorded(of: Mlp2dConfiguration): Promise<readonly unknown[]> {
  const events: TrainingEvent[] = [];
  for await (const event of trainGan({
    configuration: of,
    seed: SEED,
    reals: planeReals(of.dataset),
    executor: wasmExecutor(),
    resume: null,
    evaluateAt: [],
    samplesAt: [],
    checkpointDue: () => false,
    stop: () => 'go-on',
    seconds: () => 0,
  }))
    events.push(event);
  return events.flatMap((event) =>
    event.kind === 'points' ? [{ imagesSeen: event.imagesSeen, values: event.values }] : [],
  );
}
