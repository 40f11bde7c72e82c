import { type Passport, passportKey, type RunId, randomStream } from '@gansweep/domain';
import type { EvaluationRecord, ScoreAt } from '@gansweep/orchestrator';
import { buildReport } from '@gansweep/testkit';
import { type EvaluatedScore, scoreOf } from '@gansweep/verdict';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openRecord, type Record as StoredRecord } from './open-record.ts';

let record: StoredRecord;
beforeAll(async () => {
  record = await openRecord();
});
afterAll(() => record[Symbol.asyncDispose]() as Promise<void>);

/** A passport in whose comparable part only `n` and `extractor` vary; keys in the order of `turn`. */
function passportOf({ n, weights, turn }: { n: number; weights: string | null; turn: number }): Passport {
  const parts: Passport = {
    metric: { id: 'density2d/v1', implementation: 1 },
    extractor: weights === null ? null : { id: 'lenet', version: 1, weights, layer: 'fc', dimension: 84 },
    preprocessing: { range: 'raw', scale: 0.1 },
    real: { dataset: 'ring8', dataHash: 'h', split: 'test', n: 1_000, seed: turn },
    fake: { n, imagesSeen: 64 * turn, noiseSeed: turn },
    estimator: { grid: 30, seed: turn },
    uncertainty: null,
    run: { backend: 'onnx', dtype: 'float32', seconds: turn, date: `2026-01-0${1 + (turn % 9)}` },
  };
  const entries = Object.entries(parts);
  return Object.fromEntries([
    ...entries.slice(turn % entries.length),
    ...entries.slice(0, turn % entries.length),
  ]) as Passport;
}

/** Runs with up to five evaluations each: some values missing, some passports changed on the way. */
async function evaluatedRuns(): Promise<{
  readonly sweep: string;
  readonly of: ReadonlyMap<RunId, readonly EvaluationRecord[]>;
}> {
  const uniforms = new Float64Array(2_000);
  randomStream(7, 1).uniforms(0, uniforms);
  let drawn = 0;
  const random = (): number => uniforms[drawn++] ?? 0.5;
  const sweep = await record.submit({ trials: 20, seeds: [1, 2] });
  const of = new Map<RunId, readonly EvaluationRecord[]>();
  for (const run of await record.claim({ limit: 40 })) {
    const count = Math.floor(random() * 6);
    const evaluations = Array.from({ length: count }, (_, i): EvaluationRecord => {
      const passport = passportOf({ n: random() < 0.8 ? 500 : 1_000, weights: random() < 0.8 ? null : 'w', turn: i });
      const value = random() < 0.2 ? Number.NaN : random();
      return { imagesSeen: (i + 1) * 64, protocol: 'density2d/v1', passport, scores: { js: value, kl: 1 }, seconds: 1 };
    });
    of.set(run.runId, evaluations);
    await record.store.runs.report({
      leaseMs: 60_000,
      runs: [buildReport(run, { imagesSeen: 640, evaluations })],
    });
    await record.succeed(run, 640);
  }
  return { sweep, of };
}

it('takes the value of each run that the verdict would take, and tells passports apart as the domain does', async () => {
  const { sweep, of } = await evaluatedRuns();
  const keys = new Map<string, string>();
  for (const at of ['last', 'best', 'mean-last-3'] as const satisfies readonly ScoreAt[])
    for (const goal of ['minimize', 'maximize'] as const) {
      const stored = await record.store.read.scores(sweep as never, { trialIds: null, name: 'js', at, goal });
      const taken = new Map(stored.map((score) => [score.runId, score]));
      expect(taken.size).toBe(stored.length);
      for (const [runId, evaluations] of of) {
        const expected = scoreOf(evaluations.map(evaluatedScore), { at, goal });
        const score = taken.get(runId);
        expect(score === undefined).toBe(expected === null);
        if (!score || !expected) continue;
        expect(score.value).toBeCloseTo(expected.value, 12);
        // One key of ours for each key of the domain, and the other way round.
        expect(keys.get(expected.passportKey) ?? score.passport).toBe(score.passport);
        keys.set(expected.passportKey, score.passport);
      }
    }
  expect(keys.size).toBe(4);
  expect(new Set(keys.values()).size).toBe(4);
});

function evaluatedScore({ imagesSeen, passport, protocol, scores }: EvaluationRecord): EvaluatedScore {
  const value = scores.js ?? null;
  return {
    imagesSeen,
    protocol,
    passportKey: passportKey(passport),
    value: value !== null && Number.isFinite(value) ? value : null,
  };
}
