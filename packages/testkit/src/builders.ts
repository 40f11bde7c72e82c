import { createHash, randomBytes } from 'node:crypto';
import {
  type Configuration,
  DATA_HASHES,
  type DcganConfiguration,
  type Mlp2dConfiguration,
  type ModelName,
  type SweepId,
  type TrialId,
  uuidV7,
  type WorkerId,
} from '@gansweep/domain';
import type { NewRun, NewSweep, RunReport } from '@gansweep/orchestrator';
import { resolveConfiguration } from '@gansweep/spec';

/** A fresh UUIDv7. */
export function newId<Id extends string>(): Id {
  return uuidV7(Date.now(), randomBytes(10)) as Id;
}

/** A model with the defaults of the tables, so that a new field needs no line in any test. */
export function defaultsOf<Model extends ModelName>(model: Model): Extract<Configuration, { readonly model: Model }> {
  const configuration = resolveConfiguration({ model });
  if (!configuration.ok) throw new Error(JSON.stringify(configuration.error));
  return configuration.value as Extract<Configuration, { readonly model: Model }>;
}

/** A small GAN of the plane. */
export function buildConfiguration(overrides: Partial<Mlp2dConfiguration> = {}): Mlp2dConfiguration {
  const small = { dataset: 'ring8', adamEps: 1e-7, images: 64_000, widthG: 16, widthD: 16 };
  return { ...defaultsOf('mlp2d'), ...small, ...overrides } as Mlp2dConfiguration;
}

/** A DCGAN of digits that trains in seconds. */
export function buildDigits(overrides: Partial<DcganConfiguration> = {}): DcganConfiguration {
  const small = { lrG: 1e-3, lrD: 1e-3, batch: 4, images: 200, nz: 5, ngf: 4, ndf: 4 };
  return { ...defaultsOf('dcgan'), ...small, ...overrides } as DcganConfiguration;
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
  return {
    workerId,
    host: 'host',
    pid: 1,
    backend: 'reference',
    device: 'cpu',
    slots: 4,
    state: 'active' as const,
    offers: null,
    unwell: [],
  };
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
    start: null,
    checkpoints: [],
    ...overrides,
  };
}
