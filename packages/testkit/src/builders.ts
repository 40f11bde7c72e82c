import { createHash, randomBytes } from 'node:crypto';
import {
  DATA_HASHES,
  type DcganConfiguration,
  type Mlp2dConfiguration,
  type SweepId,
  type TrialId,
  uuidV7,
  type WorkerId,
} from '@gansweep/domain';
import type { NewRun, NewSweep, RunReport } from '@gansweep/orchestrator';

/** A fresh UUIDv7. */
export function newId<Id extends string>(): Id {
  return uuidV7(Date.now(), randomBytes(10)) as Id;
}

export function buildConfiguration(overrides: Partial<Mlp2dConfiguration> = {}): Mlp2dConfiguration {
  return {
    model: 'mlp2d',
    dataset: 'ring8',
    optimizer: 'adam',
    lrG: 1e-3,
    lrD: 1e-3,
    beta1: 0.5,
    beta1G: 0.5,
    beta1D: 0.5,
    lrSchedule: 'none',
    spectralNorm: false,
    beta2: 0.999,
    adamEps: 1e-7,
    weightDecay: 0,
    batch: 64,
    images: 64_000,
    dSteps: 1,
    gSteps: 1,
    nz: 2,
    noise: 'gaussian',
    loss: 'non-saturating',
    realLabel: 1,
    fakeLabel: 0,
    labelNoise: 0,
    freezeRatio: 0,
    instanceNoise: 0,
    layersG: 2,
    layersD: 2,
    widthG: 16,
    widthD: 16,
    ...overrides,
  } as Mlp2dConfiguration;
}

/** A DCGAN of digits that trains in seconds. */
export function buildDigits(overrides: Partial<DcganConfiguration> = {}): DcganConfiguration {
  return {
    model: 'dcgan',
    dataset: 'mnist',
    optimizer: 'adam',
    lrG: 1e-3,
    lrD: 1e-3,
    beta1: 0.5,
    beta1G: 0.5,
    beta1D: 0.5,
    lrSchedule: 'none',
    spectralNorm: false,
    beta2: 0.999,
    adamEps: 1e-8,
    weightDecay: 0,
    batch: 4,
    images: 200,
    dSteps: 1,
    gSteps: 1,
    nz: 5,
    noise: 'gaussian',
    loss: 'non-saturating',
    realLabel: 1,
    fakeLabel: 0,
    labelNoise: 0,
    freezeRatio: 0,
    instanceNoise: 0,
    resolution: 32,
    ngf: 4,
    ndf: 4,
    leak: 0.2,
    bnEps: 1e-5,
    bnMomentum: 0.1,
    classes: 'all',
    subset: 0,
    mirror: false,
    batchNorm: true,
    kernel: 4,
    upsample: 'convT',
    normalizeInput: true,
    ...overrides,
  } as DcganConfiguration;
}

/** `trials` × `seeds` runs in listed order; trials differ in `lrG`, counted from `firstTrial`. */
export function buildRuns({ trials = 1, seeds = [1], firstTrial = 0, images = 64_000 } = {}): readonly NewRun[] {
  return Array.from({ length: trials }, (_, trial) => {
    const configuration = buildConfiguration({ lrG: 1e-6 * (firstTrial + trial + 1), images });
    const trialId = createHash('sha256').update(JSON.stringify(configuration)).digest('hex') as TrialId;
    return seeds.map((seed) => ({ trialId, configuration, seed, dataHash: DATA_HASHES.ring8 }));
  })
    .flat()
    .map((run, index) => ({ index, ...run }));
}

export function buildSweep(overrides: Partial<NewSweep> = {}): NewSweep {
  return {
    id: newId<SweepId>(),
    name: 'a-sweep',
    description: '',
    spec: { version: 1, name: 'a-sweep' },
    specHash: 'spec-hash',
    idempotencyKey: null,
    bodyHash: 'body-hash',
    trialCount: 1,
    runCount: 1,
    priority: 0,
    reuse: true,
    plan: { every: null, samples: 1_000, protocols: ['density2d/v1'] },
    runMinutes: null,
    trainingVersion: 1,
    ...overrides,
  };
}

/** What a worker says of itself in its first beat. */
export function buildWorker(workerId: WorkerId = newId<WorkerId>()) {
  return { workerId, host: 'host', pid: 1, backend: 'reference', device: 'cpu', slots: 4, state: 'active' as const };
}

export function buildReport(run: Pick<RunReport, 'runId' | 'epoch'>, overrides: Partial<RunReport> = {}): RunReport {
  return {
    runId: run.runId,
    epoch: run.epoch,
    imagesSeen: 0,
    points: [],
    evaluations: [],
    samples: [],
    panels: [],
    findings: [],
    ...overrides,
  };
}
