import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trialId } from './canonical-json.ts';
import { parseSweepDocument, type SweepSpec } from './parse-sweep-spec.ts';
import { resolveConfiguration } from './resolve-configuration.ts';
import { planOf } from './sweep-plan.ts';

function parsed(document: unknown): SweepSpec {
  const result = parseSweepDocument(document);
  if (!result.ok) throw new Error(JSON.stringify(result.error, null, 1));
  return result.value;
}

type Entry = Record<string, unknown>;
interface Document {
  readonly parameters: Record<string, Entry>;
  readonly zip: readonly (readonly string[])[];
  readonly exclude: readonly Record<string, string | number>[];
  readonly when: readonly { readonly if: Record<string, unknown>; readonly parameters: Record<string, Entry> }[];
}

const LISTS: Record<string, readonly (string | number)[]> = {
  lrG: [0.001, 0.002, 0.003],
  lrD: [0.001, 0.005, 0.25],
  momentum: [0, 0.5, 0.9],
  stepRatio: ['1:1', '2:1', '1:2'],
  nz: [2, 4, 8],
  noise: ['gaussian', 'uniform', 'spherical'],
  optimizer: ['adam', 'sgd'],
  weightDecay: [0, 0.001, 0.002],
  batch: [1, 2, 3],
};
const RANGES: Record<string, Entry> = {
  weightDecay: { distribution: 'q_uniform', min: 0, max: 0.002, q: 0.001 },
  batch: { min: 1, max: 3 },
};

/** Small valid spaces of every kind: lists, stepped ranges, zips, branches, exclusions. */
const documents: fc.Arbitrary<Document> = fc
  .record({
    names: fc.subarray(Object.keys(LISTS), { minLength: 1 }),
    sizes: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 9, maxLength: 9 }),
    isRange: fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }),
    isZipped: fc.boolean(),
    adamBranch: fc.boolean(),
    noiseBranch: fc.boolean(),
    picks: fc.array(fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 2 }), { maxLength: 3 }),
  })
  .map((draft) => {
    const taken = draft.names.slice(0, 5);
    const zip = draft.isZipped && taken.includes('lrG') && taken.includes('nz') ? [['nz', 'lrG']] : [];
    const parameters: Record<string, Entry> = { model: { value: 'mlp2d' } };
    taken.forEach((name, i) => {
      const isWhole = zip.flat().includes(name);
      const range = RANGES[name];
      if (range !== undefined && draft.isRange[i]) parameters[name] = range;
      else parameters[name] = { values: (LISTS[name] ?? []).slice(0, isWhole ? 3 : draft.sizes[i]) };
    });
    const when = [];
    if (draft.adamBranch && taken.includes('optimizer'))
      when.push({ if: { optimizer: 'adam' }, parameters: { beta2: { values: [0.9, 0.99] } } });
    if (draft.noiseBranch && taken.includes('noise'))
      when.push({ if: { noise: ['gaussian', 'uniform'] }, parameters: { layersG: { values: [1, 3] } } });
    const exclude = draft.picks.map((pairs) =>
      Object.fromEntries(
        pairs.map(([a, b]) => {
          const name = taken[a % taken.length] ?? 'nz';
          const values = LISTS[name] ?? [];
          return [name, values[b % values.length] ?? 2];
        }),
      ),
    );
    return { parameters, zip, exclude, when };
  });

/** All configurations of a document, by nested loops over its own text: slow, eager, and independent of the parser. */
function eagerTrials({ parameters, zip, exclude, when }: Document): Set<string> {
  const valuesOf = (entry: Entry): unknown[] => {
    if ('value' in entry) return [entry.value];
    if (Array.isArray(entry.values)) return entry.values;
    return entry.q === undefined ? [1, 2, 3] : [0, 0.001, 0.002];
  };
  let rows: Record<string, unknown>[] = [{}];
  for (const group of zip)
    rows = rows.flatMap((row) =>
      [0, 1, 2].map((k) => ({
        ...row,
        ...Object.fromEntries(group.map((name) => [name, valuesOf(parameters[name] ?? {})[k]])),
      })),
    );
  for (const [name, entry] of Object.entries(parameters))
    if (!zip.flat().includes(name))
      rows = rows.flatMap((row) => valuesOf(entry).map((value) => ({ ...row, [name]: value })));
  for (const branch of when)
    for (const [name, entry] of Object.entries(branch.parameters))
      rows = rows.flatMap((row) =>
        Object.entries(branch.if).every(([key, allowed]) => [allowed].flat().includes(row[key]))
          ? valuesOf(entry).map((value) => ({ ...row, [name]: value }))
          : [row],
      );
  const kept = rows.filter(
    (row) => !exclude.some((entry) => Object.entries(entry).every(([key, value]) => row[key] === value)),
  );
  return new Set(
    kept.map((row) => {
      const result = resolveConfiguration(row);
      if (!result.ok) throw new Error(JSON.stringify(result.error));
      return trialId(result.value);
    }),
  );
}

/** The document with the keys of every group in another order. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, part]) => [key, turned(part)]),
  );
}

describe('a grid', () => {
  it.each(['shuffled', 'listed'])('%s has every configuration of the eager expansion exactly once', (order) => {
    fc.assert(
      fc.property(documents, fc.integer({ min: 1, max: 3 }), (document, seeds) => {
        const eager = eagerTrials(document);
        const result = parseSweepDocument({ name: 'x', method: 'grid', order, seeds, ...document });
        if (eager.size === 0) {
          expect(result.ok).toBe(false);
          return;
        }
        if (!result.ok) throw new Error(JSON.stringify(result.error));
        const plan = planOf(result.value);
        expect([plan.trialCount, plan.runCount]).toEqual([eager.size, eager.size * seeds]);
        const runs = [...plan.runs(0, plan.runCount)];
        expect(new Set(runs.map((run) => run.trialId))).toEqual(eager);
        expect(new Set(runs.map((run) => `${run.trialId} ${run.seed}`)).size).toBe(plan.runCount);
        expect(runs.map((run) => run.index)).toEqual(Array.from({ length: plan.runCount }, (_, i) => i));
      }),
      { numRuns: 60 },
    );
  });

  it('is the same, run by run and in its hash, whatever the order of keys', () => {
    fc.assert(
      fc.property(documents, (document) => {
        fc.pre(eagerTrials(document).size > 0);
        const one = parsed({ name: 'x', method: 'grid', ...document });
        const other = parsed(turned({ name: 'x', method: 'grid', ...document }));
        expect(other.hash).toBe(one.hash);
        expect([...planOf(other).runs(0, 50)]).toEqual([...planOf(one).runs(0, 50)]);
      }),
      { numRuns: 40 },
    );
  });

  it('gives any run alone as it gives it in a row', () => {
    const plan = planOf(parsed({ name: 'x', method: 'grid', seeds: 3, parameters: { nz: { min: 1, max: 50 } } }));
    const inRow = [...plan.runs(100, 20)];
    expect([...Array(20).keys()].map((i) => plan.runAt(100 + i))).toEqual(inRow);
    expect([...plan.runs(140, 100)]).toHaveLength(10);
    expect(() => plan.runAt(150)).toThrow(RangeError);
    expect(() => plan.runAt(-1)).toThrow(RangeError);
  });

  it('listed walks the last field of the table fastest and each trial with all its seeds', () => {
    const plan = planOf(
      parsed({
        name: 'x',
        method: 'grid',
        order: 'listed',
        seeds: 2,
        parameters: { noise: { values: ['uniform', 'gaussian'] }, nz: { values: [8, 2] } },
      }),
    );
    expect(Array.from(plan.runs(0, 8), ({ configuration: { nz, noise }, seed }) => [nz, noise, seed])).toEqual([
      [8, 'uniform', 1],
      [8, 'uniform', 2],
      [8, 'gaussian', 1],
      [8, 'gaussian', 2],
      [2, 'uniform', 1],
      [2, 'uniform', 2],
      [2, 'gaussian', 1],
      [2, 'gaussian', 2],
    ]);
  });

  it('shuffled gives every trial once before it repeats any with another seed', () => {
    const plan = planOf(parsed({ name: 'x', method: 'grid', seeds: 2, parameters: { nz: { min: 1, max: 60 } } }));
    const runs = [...plan.runs(0, 120)];
    const order = runs.slice(0, 60).map((run) => run.configuration.nz);
    expect(new Set(order).size).toBe(60);
    expect(order).not.toEqual([...order].sort((a, b) => a - b));
    expect(runs.slice(60).map((run) => run.configuration.nz)).toEqual(order);
    expect(new Set(runs.slice(60).map((run) => run.seed))).toEqual(new Set([2]));
  });

  it('of 100,000 runs is planned without holding them', () => {
    const spec = parsed({
      name: 'x',
      method: 'grid',
      parameters: { nz: { min: 1, max: 1000 }, batch: { min: 1, max: 100 } },
    });
    const plan = planOf(spec);
    expect(plan.runCount).toBe(100_000);
    expect(JSON.stringify(spec, (_, value) => (typeof value === 'bigint' ? String(value) : value)).length).toBeLessThan(
      2_000,
    );
    expect(new Set([plan.runAt(0), plan.runAt(99_999), plan.runAt(50_000)].map((run) => run.trialId)).size).toBe(3);
  });

  it('matches exclusions on what shorthands set and on defaults', () => {
    const spec = (exclude: unknown[]) =>
      planOf(
        parsed({
          name: 'x',
          method: 'grid',
          parameters: { lr: { values: [0.001, 0.002] }, stepRatio: { values: ['1:1', '2:1'] }, nz: { min: 2, max: 4 } },
          exclude,
        }),
      ).trialCount;
    expect(spec([{ lrG: 0.001 }])).toBe(6);
    expect(spec([{ lr: 0.001, dSteps: 2 }])).toBe(9);
    expect(spec([{ beta1: 0.5, nz: 3 }])).toBe(8);
    expect(spec([{ beta1: 0.4 }])).toBe(12);
    expect(spec([{ lrG: 0.001, lrD: 0.002 }])).toBe(12);
    expect(spec([{ nz: 3 }, { nz: 3, lr: 0.001 }])).toBe(8);
  });

  it('gives parameters of a value of another field to the configurations that have it', () => {
    const plan = planOf(
      parsed({
        name: 'x',
        method: 'grid',
        order: 'listed',
        parameters: { loss: { values: ['hinge', 'wgan-gp'] }, dSteps: { values: [1, 5] } },
        when: [{ if: { loss: 'wgan-gp' }, parameters: { gpWeight: { values: [1, 10] } } }],
      }),
    );
    const shown = Array.from({ length: plan.trialCount }, (_, i) => plan.trialAt(i).configuration).map((c) => [
      c.loss,
      c.dSteps,
      c.loss === 'wgan-gp' ? c.gpWeight : null,
    ]);
    expect(shown).toEqual([
      ['hinge', 1, null],
      ['hinge', 5, null],
      ['wgan-gp', 1, 1],
      ['wgan-gp', 1, 10],
      ['wgan-gp', 5, 1],
      ['wgan-gp', 5, 10],
    ]);
  });

  it('pairs models with data sets by exclusion or by zip', () => {
    const models = { model: { values: ['mlp2d', 'dcgan'] }, dataset: { values: ['ring8', 'mnist'] } };
    const zipped = planOf(parsed({ name: 'x', method: 'grid', parameters: models, zip: [['model', 'dataset']] }));
    const exclude = [
      { model: 'mlp2d', dataset: 'mnist' },
      { model: 'dcgan', dataset: 'ring8' },
    ];
    const excluded = planOf(parsed({ name: 'x', method: 'grid', parameters: models, exclude }));
    const ids = (plan: typeof zipped) => new Set(Array.from(plan.runs(0, 4), (run) => run.trialId));
    expect(ids(zipped)).toEqual(ids(excluded));
    expect(zipped.trialCount).toBe(2);
    expect(zipped.evaluation.protocols).toHaveLength(6);
    expect(
      Array.from(zipped.runs(0, 2), ({ configuration }) => `${configuration.model} ${configuration.dataset}`).sort(),
    ).toEqual(['dcgan mnist', 'mlp2d ring8']);
  });
});

describe.each(['random', 'sobol'])('a %s sweep', (method) => {
  const fiveAxes = {
    name: 'five-axes',
    method,
    run_cap: 60,
    seeds: 2,
    parameters: {
      model: { value: 'mlp2d' },
      dataset: { value: 'ring8' },
      lr: { distribution: 'log_uniform_values', min: 1e-5, max: 1e-2 },
      momentum: { min: 0, max: 0.9 },
      stepRatio: { values: ['1:1', '2:1', '5:1'] },
      nz: { values: [2, 8, 32] },
      noise: { values: ['gaussian', 'uniform', 'spherical'] },
      optimizer: { values: ['adam', 'sgd'] },
    },
    when: [{ if: { optimizer: 'adam' }, parameters: { beta2: { values: [0.9, 0.999] } } }],
  };

  it('draws ⌊run_cap / seeds⌋ trials inside their ranges, in the five words of a first lab', () => {
    const plan = planOf(parsed(fiveAxes));
    expect([plan.trialCount, plan.runCount]).toEqual([30, 60]);
    const configurations = Array.from(plan.runs(0, 30), (run) => run.configuration);
    for (const c of configurations) {
      expect(c.lrG).toBe(c.lrD);
      expect(c.lrG).toBeGreaterThanOrEqual(1e-5);
      expect(c.lrG).toBeLessThanOrEqual(1e-2);
      expect([1, 2, 5]).toContain(c.dSteps);
      if (c.optimizer === 'adam') {
        expect([0.9, 0.999]).toContain(c.beta2);
        expect(c.beta1).toBeLessThanOrEqual(0.9);
        expect(c).not.toHaveProperty('sgdMomentum');
      } else {
        expect(c.sgdMomentum).toBeLessThanOrEqual(0.9);
        expect(c).not.toHaveProperty('beta2');
      }
    }
    expect(new Set(configurations.map((c) => c.optimizer)).size).toBe(2);
    expect(new Set(configurations.map((c) => c.lrG)).size).toBe(30);
  });

  it('spreads a log range over its decades', () => {
    const plan = planOf(parsed({ ...fiveAxes, run_cap: 2_000, seeds: 1 }));
    const decades = [0, 0, 0];
    for (const { configuration } of plan.runs(0, 2_000)) {
      const decade = Math.min(2, Math.floor(Math.log10(configuration.lrG) + 5));
      decades[decade] = (decades[decade] ?? 0) + 1;
    }
    // Four standard errors of a third of 2,000 independent draws.
    for (const count of decades) expect(Math.abs(count - 2_000 / 3)).toBeLessThan(85);
  });

  it('keeps its draws when it grows, is renamed or gets more seeds', () => {
    const small = Array.from(planOf(parsed(fiveAxes)).runs(0, 30), (run) => run.trialId);
    const large = planOf(parsed({ ...fiveAxes, name: 'renamed', run_cap: 150, seeds: 3 }));
    expect(Array.from(large.runs(0, 30), (run) => run.trialId)).toEqual(small);
    expect(large.trialCount).toBe(50);
  });

  it('replaces excluded and repeated draws by the next ones', () => {
    fc.assert(
      fc.property(documents, fc.integer({ min: 1, max: 60 }), (document, cap) => {
        const eager = eagerTrials(document);
        fc.pre(eager.size > 0);
        const plan = planOf(parsed({ name: 'x', method, run_cap: cap, ...document }));
        const ids = Array.from(plan.runs(0, cap), (run) => run.trialId);
        expect(ids).toHaveLength(Math.min(cap, eager.size));
        expect(new Set(ids).size).toBe(ids.length);
        for (const id of ids) expect(eager).toContain(id);
      }),
      { numRuns: 60 },
    );
  });

  it('gives all of a space that has fewer trials than asked for', () => {
    const plan = planOf(parsed({ name: 'x', method, run_cap: 100, parameters: { nz: { min: 1, max: 7 } } }));
    expect(plan.trialCount).toBe(7);
    expect(new Set(Array.from(plan.runs(0, 7), (run) => run.configuration.nz))).toEqual(new Set([1, 2, 3, 4, 5, 6, 7]));
  });

  it('finds almost all of a space without walking in circles', () => {
    const plan = planOf(parsed({ name: 'x', method, run_cap: 999, parameters: { nz: { min: 1, max: 1000 } } }));
    expect(new Set(Array.from(plan.runs(0, 999), (run) => run.configuration.nz)).size).toBe(999);
  });

  it('says so when exclusions leave nothing to draw', () => {
    const document = {
      name: 'x',
      method,
      run_cap: 5,
      parameters: { lr: { min: 0.1, max: 0.2 }, nz: { values: [1, 2] } },
    };
    const result = parseSweepDocument({ ...document, exclude: [{ nz: 1 }, { nz: 2 }] });
    expect(result).toMatchObject({ ok: false, error: [{ path: 'exclude' }] });
  });
});
