import { describe, expect, it } from 'vitest';
import { parseSweepDocument, parseSweepSpec, type SweepSpec } from './parse-sweep-spec.ts';
import { planOf } from './sweep-plan.ts';

const base = { name: 'x', method: 'grid', parameters: {} };

function problemsOf(document: unknown): string[] {
  const result = parseSweepDocument(document);
  return result.ok ? [] : result.error.map(({ path, message }) => `${path}: ${message}`);
}
function parsed(document: unknown): SweepSpec {
  const result = parseSweepDocument(document);
  if (!result.ok) throw new Error(JSON.stringify(result.error, null, 1));
  return result.value;
}
/** Problems of a grid with these parameters. */
const ofParameters = (parameters: unknown, more: object = {}) =>
  problemsOf({ ...base, parameters, ...more }).join('\n');

describe('seeds as a range', () => {
  const drawn = { name: 'x', method: 'random', run_cap: 100, parameters: { lrG: { min: 0.001, max: 0.01 } } };
  it('plan the smallest number for each trial, and draw as many trials as can have the middle one', () => {
    const plan = planOf(parsed({ ...drawn, seeds: { min: 2, max: 8 } }));
    expect([plan.trialCount, plan.runCount, plan.seeds]).toEqual([20, 40, { min: 2, max: 8 }]);
  });
  it('need two seeds at least, a larger maximum, and a metric', () => {
    expect(problemsOf({ ...drawn, seeds: { min: 1, max: 8 } })).toEqual([expect.stringMatching(/^seeds\.min/)]);
    expect(problemsOf({ ...drawn, seeds: { min: 4, max: 4 } })).toEqual([expect.stringMatching(/write seeds: 4/)]);
    const mixed = { model: { values: ['mlp2d', 'dcgan'] }, dataset: { values: ['ring8', 'mnist'] } };
    const exclude = [
      { model: 'mlp2d', dataset: 'mnist' },
      { model: 'dcgan', dataset: 'ring8' },
    ];
    expect(problemsOf({ ...base, parameters: mixed, exclude })).toEqual([]);
    expect(problemsOf({ ...base, parameters: mixed, exclude, seeds: { min: 2, max: 8 } })).toEqual([
      expect.stringMatching(/^seeds: further seeds go by the metric/),
    ]);
  });
});

describe('a sweep file', () => {
  const yaml = `
version: 1
name: mnist-lr-balance
description: Does raising only one learning rate break training?
method: grid
metric: { name: kid-lenet, goal: minimize, at: last }
seeds: 3
parameters:
  model:   { value: dcgan }
  dataset: { value: mnist }
  images:  { value: 40000 }
  lrG:     { values: [0.0002, 1e-3, 0.001] }
  lrD:     { values: [2e-4, 0.0002, 0.001] }
  beta1:   { values: [0.5, 0.9] }
  noise:   { values: [gaussian, uniform] }
zip:       [[lrG, lrD]]
exclude:   [{ beta1: 0.9, noise: uniform }]
evaluation: { every: 10000, samples: 2000, protocols: [kid-lenet/v1, prdc-lenet/v1] }
budget:    { hours: 12, runMinutes: 30 }
checkpoints: { keep: evaluations }
priority:  0
`;
  const read = (text: string, format: 'yaml' | 'json') => {
    const result = parseSweepSpec({ text, format });
    if (!result.ok) throw new Error(JSON.stringify(result.error));
    return result.value;
  };

  it('says what it says', () => {
    expect(read(yaml, 'yaml')).toMatchObject({
      name: 'mnist-lr-balance',
      method: 'grid',
      order: 'shuffled',
      reuse: true,
      metrics: [{ name: 'kid-lenet', goal: 'minimize', at: 'last' }],
      evaluation: { every: 10_000, samples: 2_000, protocols: ['kid-lenet/v1', 'prdc-lenet/v1'] },
      budget: { hours: 12, runMinutes: 30 },
    });
  });

  it('counts three pairs, two betas and two noises less one combination, times three seeds', () => {
    const { trialCount, runCount, axes } = planOf(read(yaml, 'yaml'));
    expect([trialCount, runCount]).toEqual([9, 27]);
    expect(axes).toEqual(['lrG', 'lrD', 'beta1', 'noise']);
  });

  it('is the same sweep in JSON, with other key order and other spellings of numbers', () => {
    const document = read(yaml, 'yaml').document as Record<string, unknown>;
    const turned = Object.fromEntries(Object.entries(document).reverse());
    const text = JSON.stringify(turned).replaceAll('0.001', '1.0e-3').replaceAll('0.0002', '200e-6');
    const other = read(text, 'json');
    expect(other.hash).toBe(read(yaml, 'yaml').hash);
    expect([...planOf(other).runs(0, 27)]).toEqual([...planOf(read(yaml, 'yaml')).runs(0, 27)]);
  });

  it('has another hash when anything that it says differs', () => {
    const hashes = [
      base,
      { ...base, name: 'y' },
      { ...base, seeds: 2 },
      { ...base, order: 'listed' },
      { ...base, parameters: { lr: { value: 0.1 } } },
      { ...base, evaluation: { samples: 1_000 } },
      { ...base, metric: { name: 'fd-lenet' } },
    ].map((document) => parsed(document).hash);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('has the same hash whether a default is written or not', () => {
    const spelled = {
      ...base,
      version: 1,
      description: '',
      metric: { name: 'kid-lenet', goal: 'minimize', at: 'last' },
      seeds: 1,
      order: 'shuffled',
      reuse: true,
      priority: 0,
      evaluation: { samples: 2_000 },
      zip: [],
    };
    expect(parsed(spelled).hash).toBe(parsed(base).hash);
  });

  it('may leave everything but name, method and parameters out', () => {
    const spec = parsed(base);
    expect(planOf(spec)).toMatchObject({ trialCount: 1, runCount: 1, reuse: true, priority: 0, runMinutes: null });
    expect(planOf(spec).runAt(0)).toMatchObject({ seed: 1, configuration: { model: 'dcgan', dataset: 'mnist' } });
  });

  it.each([
    [3, [1, 2, 3]],
    [
      [11, 13, 12],
      [11, 13, 12],
    ],
  ])('takes seeds %j as %j', (seeds, expected) => {
    const plan = planOf(parsed({ ...base, seeds }));
    expect(Array.from(plan.runs(0, 10), (run) => run.seed)).toEqual(expected);
  });
});

describe('the default metric', () => {
  it.each([
    [{ model: { value: 'mlp2d' } }, ['js']],
    [{}, ['kid-lenet']],
    [{ model: { values: ['mlp2d', 'dcgan'] } }, []],
  ])('of %j is %j', (parameters, names) => {
    expect(parsed({ ...base, parameters }).metrics.map((metric) => metric.name)).toEqual(names);
  });

  it('may be a list', () => {
    const metric = [{ name: 'fd-lenet' }, { name: 'precision-lenet', goal: 'maximize', at: 'best' }];
    expect(parsed({ ...base, metric }).metrics).toEqual([
      { name: 'fd-lenet', goal: 'minimize', at: 'last' },
      { name: 'precision-lenet', goal: 'maximize', at: 'best' },
    ]);
  });
});

describe('a bad document', () => {
  it.each([
    [null, ': must be a group of keys'],
    [[], ': must be a group of keys, not a list'],
    ['text', ': must be a group of keys'],
    [{ ...base, metod: 'grid' }, 'metod: unknown key; did you mean method?'],
    [{ ...base, method: 'bayes' }, 'method: must be one of grid, random, sobol, tpe'],
    [{ ...base, method: 'tpe' }, 'run_cap: is missing: tpe needs to know how many runs it may draw'],
    [{ ...base, search: { startup: 5 } }, 'search: goes with method: tpe only'],
    [{ ...base, method: 'tpe', run_cap: 9, search: { parallel: 0 } }, 'search.parallel: must be '],
    [{ ...base, initFrom: {} }, 'initFrom: is not available yet'],
    [{ ...base, onFinding: { colapse: 'end' } }, 'onFinding.colapse: '],
    [{ ...base, onFinding: { collapse: 'stop' } }, 'onFinding.collapse: '],
    [{ method: 'grid', parameters: {} }, 'name: is missing: add it (a text)'],
    [{ name: 'x', parameters: {} }, 'method: is missing: it must be one of'],
    [{ name: 'x', method: 'grid' }, 'parameters: is missing: add it (a group of keys)'],
    [{ ...base, name: '' }, 'name: must have at least 1 characters'],
    [{ ...base, name: 'a\u001b[2Jb' }, 'name: holds a control character'],
    [{ ...base, version: 2 }, 'version: must be 1, not 2'],
    [{ ...base, reuse: 'yes' }, 'reuse: must be true or false, not the text "yes"'],
    [{ ...base, priority: 1.5 }, 'priority: must be a whole number, not 1.5'],
    [{ ...base, seeds: 0 }, 'seeds: must be at least 1, not 0'],
    [{ ...base, seeds: [] }, 'seeds: must have at least 1 entries'],
    [{ ...base, seeds: [1, 2, 1] }, 'seeds[2]: 1 stands twice'],
    [{ ...base, seeds: 'three' }, 'seeds: must be a number of seeds, a list of seeds or { min, max }'],
    [{ ...base, seeds: [1e300] }, 'seeds[0]'],
    [{ ...base, evaluation: { evry: 5 } }, 'evaluation.evry: unknown key; did you mean every?'],
    [{ ...base, evaluation: { protocols: ['js/v1'] } }, 'evaluation.protocols[0]: must be one of'],
    [
      { ...base, evaluation: { protocols: ['fd-lenet/v1', 'speed-kid-lenet/v1'] }, metric: { name: 'fd-lenet' } },
      'evaluation.protocols[1]: speed-kid-lenet/v1 looks at the scores of kid-lenet/v1 so far: add kid-lenet/v1',
    ],
    [
      { ...base, evaluation: { protocols: ['density2d/v1'] } },
      'evaluation.protocols[0]: density2d/v1 is not defined on mnist',
    ],
    [{ ...base, evaluation: { protocols: ['fd-lenet/v1'] } }, 'metric: is kid-lenet when left out'],
    [{ ...base, metric: { name: 'js' } }, 'metric.name: runs on mnist do not produce js'],
    [{ ...base, metric: { name: 'kid' } }, 'metric.name: must be one of'],
    [{ ...base, metric: { name: 'fid' } }, 'metric.name: FID is a distance by the original Inception network'],
    [{ ...base, metric: { name: 'ndb-lenet' } }, 'do not produce ndb-lenet: add ndb-lenet/v1 to evaluation.protocols'],
    [
      { ...base, evaluation: { protocols: ['kid-lenet/v1', 'conditional-lenet/v1'] } },
      'evaluation.protocols[1]: conditional-lenet/v1 asks whether G obeys the class that it is told, and dcgan is told none',
    ],
    [
      { ...base, trainer: { command: 'torch' }, evaluation: { protocols: ['kid-lenet/v1', 'ppl-random/v1'] } },
      'evaluation.protocols[1]: ppl-random/v1 draws along paths between latent vectors, and a command trainer',
    ],
    [
      { ...base, evaluation: { protocols: ['kid-lenet/v1', 'ppl-w-random/v1'] } },
      'evaluation.protocols[1]: ppl-w-random/v1 walks between the styles of a mapping network, and dcgan has none',
    ],
    [
      {
        ...base,
        parameters: { model: { value: 'stylegan2' }, conditionG: { values: [true, false] } },
        evaluation: { protocols: ['kid-lenet/v1', 'conditional-lenet/v1'] },
      },
      'and stylegan2 is told none: take it out, or give every configuration conditionG: true',
    ],
    [
      { ...base, evaluation: { protocols: ['kid-lenet/v1', 'eq-t/v1'] } },
      'evaluation.protocols[1]: eq-t/v1 moves the plane that G draws on, and dcgan has none that can be moved',
    ],
    [
      { ...base, trainer: { command: 'torch' }, evaluation: { protocols: ['kid-lenet/v1', 'eq-t/v1'] } },
      'evaluation.protocols[1]: eq-t/v1 moves the input of G, and a command trainer gives samples alone',
    ],
    [
      { ...base, evaluation: { protocols: ['kid-lenet/v1', 'eq-r/v1'] } },
      'evaluation.protocols[1]: eq-r/v1 moves the plane that G draws on, and dcgan has none that can be moved: take it out, or sweep stylegan3',
    ],
    [
      { ...base, trainer: { command: 'torch' }, evaluation: { protocols: ['kid-lenet/v1', 'd-response/v1'] } },
      'evaluation.protocols[1]: d-response/v1 looks at D, and a command trainer gives samples alone: take it out',
    ],
    [{ ...base, metric: [] }, 'metric: is empty'],
    [{ ...base, metric: [{ name: 'fd-lenet' }, { name: 'fd-lenet' }] }, 'metric[1]: fd-lenet at last stands twice'],
    [{ ...base, metric: { name: 'fd-lenet', gaol: 'minimize' } }, 'metric.gaol: unknown key; did you mean goal?'],
    [{ ...base, checkpoints: { keep: 'all' } }, 'checkpoints.keep: must be evaluations'],
    [{ ...base, budget: { images: 1_000 } }, 'budget.images: unknown key: how many images a run sees is a field'],
    [{ ...base, budget: { runMinutes: 0 } }, 'budget.runMinutes: must be more than 0'],
  ])('%j: %s', (document, message) => {
    expect(problemsOf(document).join('\n')).toContain(message);
  });

  it('is told all its problems at once, whatever section they are in', () => {
    const paths = (() => {
      const result = parseSweepDocument({
        nam: 'x',
        method: 'bayes',
        seeds: 0,
        evaluation: { samples: 'many' },
        parameters: { lr: { values: [] }, lrG: { value: 3 }, noise: { value: 'pink' } },
        when: [{ if: {}, parameters: {} }],
      });
      return result.ok ? [] : result.error.map(({ path }) => path);
    })();
    expect(new Set(paths)).toEqual(
      new Set([
        'name',
        'nam',
        'method',
        'seeds',
        'evaluation.samples',
        'parameters.lr',
        'parameters.lrG',
        'parameters.lr.values',
        'parameters.lrG.value',
        'parameters.noise.value',
        'when[0].if',
        'when[0].parameters',
      ]),
    );
  });
});

describe('a bad parameter', () => {
  it.each([
    [{ learnig: { value: 1 } }, 'parameters.learnig: is no parameter; did you mean'],
    [{ seed: { value: 1 } }, 'parameters.seed: is not a parameter: runs are repeated by "seeds"'],
    [{ 'moons.spread': { value: 1 } }, 'is no parameter: plugins are known where GANSWEEP_PLUGINS names their folder'],
    [{ loss: { value: 'plugin:focal' } }, 'not the text "plugin:focal"; plugins are known where GANSWEEP_PLUGINS'],
    [{ nz: 5 }, 'parameters.nz: must be a group of keys, not 5: write nz: { value: 5 }'],
    [{ nz: [1, 2] }, 'write nz: { values: [...] }'],
    [{ nz: {} }, 'parameters.nz: must have one of value, values, or min and max'],
    [{ nz: { value: 2, values: [3] } }, 'parameters.nz: must have one of'],
    [{ nz: { vale: 2 } }, 'parameters.nz.vale: unknown key; did you mean value?'],
    [{ nz: { values: [] } }, 'parameters.nz.values: is empty'],
    [{ nz: { values: 3 } }, 'parameters.nz.values: must be a list'],
    [{ nz: { value: [3] } }, 'parameters.nz.value: holds a list'],
    [{ nz: { values: [3, 3] } }, 'parameters.nz.values[1]: 3 stands at position 0 already'],
    [{ stepRatio: { values: ['2:1', '02:1'] } }, 'stands at position 0 already'],
    [{ nz: { values: [1.5] } }, 'parameters.nz.values[0]: must be a whole number'],
    [{ nz: { values: [null] } }, 'parameters.nz.values[0]'],
    [{ lrG: { value: Number.NaN } }, 'parameters.lrG.value: must be a number'],
    [{ noise: { min: 1, max: 2 } }, 'parameters.noise: noise has no range'],
    [{ nz: { min: 5 } }, 'parameters.nz.max: is missing: a range needs min and max'],
    [{ nz: { min: 9, max: 2 } }, 'parameters.nz: min 9 is above max 2: swap them'],
    [{ nz: { min: 2, max: 2 } }, 'min 2 is equal to max 2: write value: 2'],
    [{ nz: { min: 0, max: 2 } }, 'parameters.nz.min: must be a whole number from 1'],
    [{ nz: { min: 1, max: 9, distribution: 'uniform' } }, 'uniform gives fractions'],
    [{ nz: { min: 1, max: 9, distribution: 'q_uniform' } }, 'parameters.nz.q: q_uniform needs q'],
    [{ nz: { min: 1, max: 9, q: 2 } }, 'parameters.nz.q: goes with distribution: q_uniform only'],
    [{ lr: { min: 0.1, max: 0.2, distribution: 'int_uniform' } }, 'int_uniform needs whole numbers'],
    [{ weightDecay: { min: 0, max: 0.01, distribution: 'log_uniform_values' } }, "a log range can't touch 0"],
    [{ lr: { min: -3, max: -1, distribution: 'log_uniform' } }, 'write log_uniform_values'],
    [{ lr: { min: 0.1, max: 0.2, distribution: 'normal' } }, 'must be one of uniform, log_uniform_values'],
    [{ lr: { min: 0.1, max: 0.2, distribution: 'q_uniform', q: 1e-300 } }, 'take a larger q'],
    [{ lr: { min: 0.1, max: 0.2 } }, 'parameters.lr: a grid cannot walk a continuous range'],
    [{ lr: { value: 0.1 }, lrG: { value: 0.1 } }, 'parameters.lr: lr sets lrG and lrD and may not stand beside lrG'],
    [{ momentum: { value: 0.1 }, sgdMomentum: { value: 0.1 } }, 'momentum sets beta1 and sgdMomentum'],
    [{ stepRatio: { value: '1:1' }, gSteps: { value: 1 } }, 'stepRatio sets dSteps and gSteps'],
    [{ sgdMomentum: { value: 0.1 } }, 'parameters.sgdMomentum: cannot be used with optimizer adam'],
    [
      { optimizer: { values: ['adam', 'sgd'] }, beta1: { value: 0.1 } },
      'parameters.beta1: cannot be used in the configurations with optimizer sgd: put it under "when": [{ if: { optimizer: adam }, parameters: { beta1',
    ],
    [{ layersG: { value: 1 } }, 'parameters.layersG: cannot be used with model dcgan'],
    [
      {
        model: { value: 'mlp2d' },
        dataset: { value: 'ring8' },
        samplesD: { values: [1, 2, 3] },
        batch: { values: [60, 64] },
      },
      'parameters.samplesD: D judges 3 samples at a time, and a batch has 64: take a multiple of 3',
    ],
    [
      { model: { value: 'mlp2d' }, batchNorm: { values: [false, true] }, layersG: { values: [0, 2] } },
      'parameters.batchNorm: normalises hidden layers of G, and layersG is 0: leave it out',
    ],
    [
      { model: { value: 'mlp2d' }, layersD: { values: [0, 2] }, maxoutD: { value: 5 } },
      'parameters.maxoutD: cannot be used in the configurations with layersD 0: put it under "when"',
    ],
    [
      { model: { values: ['cgan', 'cdcgan'] }, layersD: { values: [1, 2] } },
      'parameters.layersD: cannot be used in the configurations with model cdcgan: put it under "when"',
    ],
    [
      { model: { values: ['dcgan', 'stylegan'] }, activationClamp: { value: 256 } },
      'parameters.activationClamp: cannot be used in the configurations with model dcgan: put it under "when"',
    ],
    [
      { model: { value: 'stylegan2' }, conditionG: { values: [false, true] }, conditionD: { value: false } },
      'parameters.conditionD: cannot be used in the configurations with conditionG false: put it under "when"',
    ],
    [
      {
        model: { value: 'stylegan' },
        dataset: { value: 'folder:faces' },
        resolution: { value: 8 },
        progressive: { values: [false, true] },
      },
      'parameters.progressive: growing begins with images of 8 pixels, and these have 8',
    ],
    [{ model: { value: 'mlp2d' }, dataset: { value: 'mnist' } }, 'parameters.dataset: mlp2d learns laws of the plane'],
    [{ dataset: { values: ['mnist', 'ring8'] } }, 'parameters.dataset: dcgan learns images, not ring8'],
    [{ resolution: { values: [32, 64] } }, 'parameters.resolution: mnist has images of 32 or 28 pixels'],
    [
      { dataset: { value: 'stacked-mnist' }, resolution: { value: 64 } },
      'parameters.resolution: stacked-mnist has images of 32 pixels: take that, or leave it out',
    ],
    [
      { dataset: { value: 'fractal' }, resolution: { value: 48 } },
      'parameters.resolution: fractal has images of 32 or 64 or 128 pixels',
    ],
    [
      { model: { value: 'cdcgan' }, dataset: { value: 'folder:faces' }, resolution: { value: 128 } },
      'parameters.resolution: cdcgan has 32 pixels, not 128: take another resolution, or another model',
    ],
    [
      { dataset: { value: 'fractal' }, classes: { value: '3' } },
      'parameters.classes: fractal has no classes to choose from: leave classes out',
    ],
    [
      { model: { value: 'cdcgan' }, dataset: { value: 'fractal' }, resolution: { value: 128 } },
      'parameters.resolution: cdcgan has 32 pixels, not 128',
    ],
    [{ condition: { value: 'image' } }, 'parameters.condition: is no parameter: cdcgan and cgan are told what'],
    [{ condition: { value: 'image' } }, 'pictures as conditions are not supported, since no data set has pairs'],
    [{ dataset: { value: 'stacked-mnist' }, classes: { value: '000,1000' } }, 'stacked-mnist has no class 1000'],
    [{ dataset: { value: 'folder:Cats' } }, 'parameters.dataset.value: must be one of'],
    [{ dataset: { value: 'mnist' }, classes: { value: '3,12' } }, 'parameters.classes: mnist has no class 12'],
    [{ dataset: { value: 'mnist' }, classes: { values: ['3', '11'] } }, 'parameters.classes: mnist has no class 11'],
  ])('%j: %s', (parameters, message) => {
    expect(ofParameters(parameters)).toContain(message);
  });
});

describe('a bad zip, exclude or when', () => {
  const lists = {
    lrG: { values: [0.1, 0.2] },
    lrD: { values: [0.1, 0.2, 0.3] },
    nz: { value: 2 },
    batch: { min: 1, max: 2 },
  };
  const two = { optimizer: { values: ['adam', 'sgd'] } };

  it.each([
    [lists, { zip: [['lrG', 'lrD']] }, 'zip[0]: lrG, lrD have 2, 3 values'],
    [lists, { zip: [['lrG', 'nz']] }, 'zip[0][1]: nz needs values'],
    [lists, { zip: [['lrG', 'batch']] }, 'zip[0][1]: batch needs values'],
    [lists, { zip: [['lrG', 'beta1']] }, 'zip[0][1]: beta1 does not stand under "parameters"'],
    [lists, { zip: [['lrG', 'lrG']] }, 'zip[0][1]: lrG is zipped already'],
    [lists, { zip: [['lrG']] }, 'zip[0]: must have at least 2 entries'],
    [
      { lrG: { values: [0.1, 0.1] }, lrD: { values: [0.2, 0.2] } },
      { zip: [['lrG', 'lrD']] },
      'zip[0]: positions 0 and 1 are the same',
    ],
    [{ nz: { values: [2, 3] } }, { exclude: [{}] }, 'exclude[0]: is empty'],
    [{ nz: { values: [2, 3] } }, { exclude: [{ nz: [2] }] }, 'exclude[0].nz: must be one value'],
    [{ nz: { values: [2, 3] } }, { exclude: [{ zn: 2 }] }, 'exclude[0].zn: is no parameter; did you mean nz?'],
    [{ nz: { values: [2, 3] } }, { exclude: [{ lr: 0.1 }] }, 'exclude[0].lr: lr is not used by this sweep'],
    [
      { nz: { values: [2, 3] } },
      { exclude: [{ layersG: 1 }] },
      'exclude[0].layersG: no configuration of this sweep has layersG',
    ],
    [{ nz: { values: [2, 3] } }, { exclude: [{ nz: 2 }, { nz: 3 }] }, 'exclude: leaves no configuration'],
    [{ nz: { value: 2 } }, { exclude: [{ model: 'dcgan' }] }, 'exclude: leaves no configuration'],
    [
      two,
      { when: [{ if: { optimizer: 'rmsprop' }, parameters: { beta2: { value: 0.9 } } }] },
      'when[0].if.optimizer: must be one of',
    ],
    [
      two,
      { when: [{ if: { optimizer: [] }, parameters: { beta2: { value: 0.9 } } }] },
      'when[0].if.optimizer: is an empty list',
    ],
    [
      {},
      { when: [{ if: { optimizer: 'sgd' }, parameters: { sgdMomentum: { value: 0.9 } } }] },
      'when[0].if: never holds',
    ],
    [
      { ...two, nz: { value: 3 } },
      { when: [{ if: { optimizer: 'adam' }, parameters: { nz: { value: 9 } } }] },
      'when[0].parameters.nz: nz stands under "parameters" too',
    ],
    [
      two,
      {
        when: [
          { if: { optimizer: 'adam' }, parameters: { nz: { value: 9 } } },
          { if: { nz: 9 }, parameters: { batch: { value: 3 } } },
        ],
      },
      'when[1].if.nz: nz is itself set under "when", and branches do not nest',
    ],
    [
      two,
      {
        when: [
          { if: { optimizer: 'adam' }, parameters: { nz: { value: 9 } } },
          { if: { optimizer: ['adam', 'sgd'] }, parameters: { nz: { value: 8 } } },
        ],
      },
      'when[1].parameters.nz: when[0] sets nz too',
    ],
    [
      { loss: { values: ['hinge', 'wgan-gp'] }, gpWeight: { values: [1, 10] } },
      {},
      'parameters.gpWeight: cannot be used in the configurations with loss hinge: put it under "when": [{ if: { loss: wgan-gp }',
    ],
    [
      { beta1: { values: [0.1, 0.5] } },
      { exclude: [{ beta1G: 0.1 }] },
      'exclude[0].beta1G: beta1G follows other fields here: name those, or give beta1G values',
    ],
    [
      two,
      { when: [{ if: { beta1G: 0.5 }, parameters: { nz: { value: 9 } } }] },
      'when[0].if.beta1G: beta1G follows other fields where it is left out',
    ],
    [
      two,
      { when: [{ if: { optimizer: 'sgd' }, parameters: { beta1: { value: 0.1 } } }] },
      'when[0].parameters.beta1: cannot be used with optimizer sgd',
    ],
    [
      { ...two, momentum: { value: 0.1 } },
      { when: [{ if: { optimizer: 'adam' }, parameters: { beta1: { value: 0.1 } } }] },
      'when[0].parameters.beta1: momentum sets beta1 and sgdMomentum and may not stand beside beta1',
    ],
    [
      { nz: { min: 2, max: 8 } },
      { when: [{ if: { nz: 2 }, parameters: { batch: { value: 3 } } }] },
      'parameters.nz: "when" looks at it, so it needs value or values',
    ],
    [
      two,
      { when: [{ if: { optimizer: 'adam' }, parameters: { model: { value: 'mlp2d' } } }] },
      'when[0].parameters.model: model decides what else there is',
    ],
    [two, { when: [{ if: { optimizer: 'adam' } }] }, 'when[0].parameters: is missing'],
  ])('%j with %j: %s', (parameters, more, message) => {
    expect(ofParameters(parameters, more)).toContain(message);
  });
});

describe('fields that change nothing beside others', () => {
  const loss = { values: ['non-saturating', 'hinge'] };
  const realLabel = { values: [1, 0.9] };
  const steps = { dSteps: { values: [0, 1] }, gSteps: { values: [0, 1] } };

  it.each([
    [{ loss, realLabel }, {}, 'parameters.realLabel: changes nothing with loss'],
    [
      { loss, realLabel: { min: 0.8, max: 1 } },
      { method: 'random', run_cap: 4 },
      'parameters.realLabel: changes nothing',
    ],
    [
      { loss, labelNoise: { min: 0, max: 0.2, distribution: 'q_uniform', q: 0.1 } },
      {},
      'parameters.labelNoise: changes',
    ],
    [
      { loss, realLabel, nz: { values: [2, 3] } },
      { exclude: [{ loss: 'hinge', nz: 2 }] },
      'parameters.realLabel: changes',
    ],
    [
      { loss: { value: 'hinge' }, nz: { values: [2, 3] } },
      { when: [{ if: { nz: 2 }, parameters: { realLabel } }] },
      'when[0].parameters.realLabel: changes nothing with loss',
    ],
    [
      { adaPipe: { values: ['blit', 'bgc'] } },
      {},
      'parameters.adaPipe: changes nothing where adaTarget and adaP are 0',
    ],
    [
      { adaP: { values: [0, 0.2] }, adaPipe: { values: ['blit', 'bgc'] } },
      {},
      'parameters.adaPipe: changes nothing where adaTarget and adaP are 0',
    ],
    [steps, {}, 'parameters.gSteps: is 0 where dSteps is 0'],
    [{ stepRatio: { values: ['1:1', '0:0'] } }, {}, 'parameters.stepRatio: is 0 where dSteps is 0'],
  ])('%j with %j are refused: %s', (parameters, more, message) => {
    expect(ofParameters(parameters, more)).toContain(message);
  });

  it.each([
    [{ loss, realLabel: { values: [0.9, 1] } }, { zip: [['loss', 'realLabel']] }],
    [{ loss, realLabel }, { exclude: [{ loss: 'hinge', realLabel: 0.9 }] }],
    [{ loss }, { when: [{ if: { loss: 'non-saturating' }, parameters: { realLabel } }] }],
    [{ loss, realLabel: { value: 1 } }, {}],
    [
      { adaP: { min: 0, max: 0.8 }, adaPipe: { values: ['blit', 'bgc'] } },
      { method: 'random', run_cap: 4 },
    ],
    [steps, { exclude: [{ dSteps: 0, gSteps: 0 }] }],
  ])('%j with %j are taken: no trial has them in vain', (parameters, more) => {
    expect(ofParameters(parameters, more)).toBe('');
  });
});

describe('sizes', () => {
  const ten = (from: number) => ({ values: Array.from({ length: 10 }, (_, i) => from + i) });
  const thousandMillion = {
    model: { value: 'mlp2d' },
    ...Object.fromEntries(['nz', 'batch', 'widthG', 'widthD', 'images'].map((name) => [name, ten(1_000)])),
    nz: ten(1),
    batch: ten(1),
    widthG: ten(1),
    widthD: ten(1),
    lrG: { values: ten(1).values.map((value) => value / 100) },
    lrD: { values: ten(1).values.map((value) => value / 100) },
    realLabel: { values: ten(1).values.map((value) => 0.5 + value / 100) },
    fakeLabel: { values: ten(1).values.map((value) => value / 100) },
  };

  it('are told before anything is expanded', () => {
    expect(ofParameters(thousandMillion)).toContain('the grid has 1000000000 configurations before "exclude"');
    expect(ofParameters({ images: { min: 1_000, max: 1_000_000_000 } })).toContain(
      'the grid has 999999001 configurations',
    );
    expect(ofParameters({}, { seeds: 1_000_000_000 })).toContain('1000000000 runs');
  });

  it('of runs are what exclude leaves, times the seeds', () => {
    const wide = { nz: { min: 1, max: 200 }, batch: { min: 1, max: 501 } };
    expect(ofParameters(wide)).toContain('100200 runs (100200 trials × 1 seed), and at most 100000');
    expect(planOf(parsed({ ...base, parameters: wide, exclude: [{ batch: 501 }] })).runCount).toBe(100_000);
  });

  it('of a grid may not exceed its run_cap', () => {
    const parameters = { nz: { values: [1, 2, 3] } };
    expect(ofParameters(parameters, { run_cap: 5, seeds: 2 })).toContain('run_cap: the grid has 6 runs');
    expect(planOf(parsed({ ...base, parameters, run_cap: 6, seeds: 2 })).runCount).toBe(6);
  });

  it.each([
    [{ method: 'random' }, 'run_cap: is missing: random needs to know'],
    [{ method: 'sobol', run_cap: 2, seeds: 3 }, 'run_cap: 2 is less than the 3 seeds of one trial'],
    [{ method: 'random', run_cap: 100_001 }, 'run_cap: must be at most 100000'],
  ])('of draws: %j: %s', (more, message) => {
    expect(ofParameters({ lr: { min: 0.1, max: 0.2 } }, more)).toContain(message);
  });

  it('of conditions are bounded', () => {
    const many = { values: Array.from({ length: 2_048 }, (_, i) => i + 1) };
    expect(ofParameters({ nz: many }, { when: [{ if: { nz: 1 }, parameters: { batch: { value: 2 } } }] })).toContain(
      'when: the parameters it looks at have 2048 combinations',
    );
  });
});

describe('time to refuse', () => {
  const wrap = (parameters: string) => `{"name":"x","method":"grid","parameters":${parameters}}`;
  const nested = '['.repeat(100_000) + ']'.repeat(100_000);
  const axes = Array.from(
    { length: 9 },
    (_, i) =>
      `"${['nz', 'batch', 'images', 'ngf', 'ndf', 'lrG', 'lrD', 'leak', 'bnEps'][i]}":{"values":[${Array.from({ length: 10 }, (_, k) => (i < 5 ? 1_00 + k : (k + 1) / 100))}]}`,
  );
  const cases: readonly (readonly [string, string, 'json' | 'yaml'])[] = [
    ['nesting in JSON', wrap(`{"lr":{"values":${nested}}}`), 'json'],
    ['nesting in YAML', `name: x\nparameters:\n  lr: ${nested}`, 'yaml'],
    ['nesting in YAML blocks', '- '.repeat(100_000), 'yaml'],
    ['300 KiB of JSON', wrap(`{${'"nz":{"value":1},'.repeat(18_000)}}`), 'json'],
    ['300 KiB of YAML', '# comment\n'.repeat(30_000), 'yaml'],
    ['256 KiB of duplicate keys', wrap(`{${'"a":1,'.repeat(43_000)}"b":1}`), 'json'],
    ['a grid of 10⁹', wrap(`{${axes.join(',')}}`), 'json'],
    ['10⁹ seeds', `{"name":"x","method":"grid","seeds":1e9,"parameters":{}}`, 'json'],
    ['a range of 10⁹', wrap('{"images":{"min":1000,"max":1000000000}}'), 'json'],
    ['60,000 anchors', '&a '.repeat(60_000), 'yaml'],
    ['an alias bomb', 'a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]', 'yaml'],
  ];

  it.each(cases)('%s takes less than 50 ms', (_, text, format) => {
    // The best of three: the machine may be busy with other tests, the parser may not.
    const times = [0, 1, 2].map(() => {
      const start = performance.now();
      expect(parseSweepSpec({ text, format }).ok).toBe(false);
      return performance.now() - start;
    });
    expect(Math.min(...times)).toBeLessThan(50);
  });
});

describe('early_terminate', () => {
  const asha = { type: 'asha', min_images: 1_000 };
  const drawn = {
    name: 'stops',
    method: 'random',
    run_cap: 9,
    parameters: {
      model: { value: 'mlp2d' },
      dataset: { value: 'ring8' },
      images: { value: 9_000 },
      lr: { distribution: 'log_uniform_values', min: 1e-4, max: 1e-2 },
    },
  };
  const read = (given: object, rest: object = {}) => parseSweepDocument({ ...drawn, ...rest, early_terminate: given });

  it('takes the metric of the sweep and the defaults of the rule', () => {
    expect(read(asha)).toMatchObject({
      value: {
        earlyTermination: {
          rule: { type: 'asha', minImages: 1_000, eta: 3 },
          metric: { name: 'js', goal: 'minimize' },
          images: 9_000,
        },
      },
    });
    const median = { type: 'median', min_images: 1_000, metric: 'hq', goal: 'maximize' };
    expect(read(median)).toMatchObject({
      value: { earlyTermination: { rule: { type: 'median', minTrials: 5 }, metric: { name: 'hq', goal: 'maximize' } } },
    });
  });

  it.each([
    [{ ...asha, type: 'hyperband' }, {}, 'early_terminate.type: must be one of asha, median, not the text "hyperband"'],
    [{ ...asha, min_iter: 3 }, {}, 'early_terminate.min_iter: unknown key; did you mean min_images?'],
    [{ type: 'asha' }, {}, 'early_terminate.min_images: is missing'],
    [{ ...asha, min_images: 9_000 }, {}, 'early_terminate.min_images: 9000 is not below the 9000 images of a run'],
    [{ ...asha, metric: 'kid-lenet' }, {}, 'early_terminate.metric: runs on ring8 do not produce kid-lenet'],
    [
      { ...asha, metric: 'hq' },
      {},
      'early_terminate.goal: is missing, and metric does not name hq: say minimize or maximize',
    ],
    [
      asha,
      { parameters: { ...drawn.parameters, images: { values: [9_000, 18_000] } } },
      'early_terminate: compares trials at the same images, and these have different budgets',
    ],
    [
      asha,
      { parameters: { ...drawn.parameters, images: { min: 9_000, max: 18_000 } } },
      'early_terminate: compares trials at the same images',
    ],
    [asha, { method: 'tpe' }, 'early_terminate: cannot be used with method tpe'],
    [asha, { trainer: { command: 'mine' } }, 'early_terminate: cannot be used with a command trainer'],
    [asha, { seeds: { min: 2, max: 8 } }, 'early_terminate: compares trials of equally many seeds'],
  ])('refuses %j with %j: %s', (given, rest, said) => {
    const parsed = read(given, rest);
    const problems = parsed.ok ? [] : parsed.error.map(({ path, message }) => `${path}: ${message}`);
    expect(problems.some((problem) => problem.startsWith(said))).toBe(true);
  });
});
