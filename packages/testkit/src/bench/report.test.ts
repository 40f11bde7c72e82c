import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderReport, renderTables } from './report.ts';
import { type BenchResult, benchResult, type RaceResult, readResult, withCasesOf } from './result.ts';

const measured = (library: string, setUpMs: number) => ({ kind: 'measured', library, setUpMs }) as const;

const step: RaceResult = {
  kind: 'step',
  id: 'step-small',
  title: 'small',
  lanes: 1,
  stepsPerCall: 50,
  entries: [
    {
      contender: { name: 'gansweep onnx', kind: 'gansweep' },
      outcome: {
        ...measured('onnx 1.0', 800),
        medianMs: [0.2, 0.4, 0.2],
        bestMs: [0.19, 0.3, 0.18],
        executorMs: [0.15, 0.3, 0.16],
      },
    },
    {
      contender: { name: 'gansweep wasm', kind: 'gansweep' },
      outcome: {
        ...measured('wasm 1', 400),
        medianMs: [0.05, 0.1, 0.05],
        bestMs: [0.05, 0.05, 0.04],
        executorMs: [0.01, 0.02, 0.01],
      },
    },
    {
      contender: { name: 'gansweep tensorflow', kind: 'gansweep' },
      outcome: { kind: 'refused', why: 'no library | here' },
    },
    {
      contender: { name: 'PyTorch eager', kind: 'peer' },
      outcome: { ...measured('PyTorch 2.0', 4_000), medianMs: [1, 2, 1.2], bestMs: [0.9, 1.9, 1.1], executorMs: null },
    },
    { contender: { name: 'JAX jit', kind: 'peer' }, outcome: { kind: 'failed', why: 'ended with SIGKILL' } },
  ],
};

const result: BenchResult = benchResult({
  date: '2030-01-02',
  effort: 'full',
  machine: {
    processor: 'Quick One',
    cores: 2,
    memoryGiB: 16,
    system: 'linux x64',
    node: 'v20.0.0',
    bound: true,
    loadBefore: 0.3,
  },
  cases: [
    step,
    {
      ...step,
      kind: 'lanes',
      id: 'lanes-8',
      title: 'eight',
      lanes: 8,
      entries: step.entries.slice(0, 1),
    },
    {
      kind: 'two-trainers',
      id: 'two',
      title: 'small',
      lanes: 1,
      stepsPerCall: 50,
      entries: [
        {
          contender: { name: 'gansweep onnx', kind: 'gansweep' },
          outcome: {
            ...measured('onnx 1.0', 800),
            aloneMs: [0.5, 0.5],
            togetherMs: [
              [0.5, 0.5],
              [0.5, 1],
            ],
          },
        },
      ],
    },
    {
      kind: 'whole-sweep',
      id: 'sweep',
      title: 'many',
      entries: [
        {
          contender: { name: 'packs of at most 16', kind: 'gansweep' },
          outcome: { kind: 'measured', seconds: [4, 3, 5], secondsAgain: [2, 1, 2.5], curves: ['a', 'a', 'a'] },
        },
        {
          contender: { name: 'one claim a run', kind: 'gansweep' },
          outcome: { kind: 'measured', seconds: [6, 7, 6], secondsAgain: [5, 5, 6], curves: ['a', 'b', 'a'] },
        },
      ],
    },
    {
      kind: 'data-wait',
      id: 'wait',
      title: 'digits',
      entries: [
        {
          contender: { name: 'images read ahead', kind: 'gansweep' },
          outcome: {
            kind: 'measured',
            waited: [0.004, 0.006, 0.005],
            imagesPerSecond: [450, 470, 460],
            curves: ['a', 'a', 'a'],
          },
        },
        {
          contender: { name: 'images read before each call', kind: 'gansweep' },
          outcome: { kind: 'failed', why: 'no disk' },
        },
      ],
    },
    {
      kind: 'neighbours',
      id: 'prdc',
      title: 'one law',
      entries: [
        {
          contender: { name: 'gansweep', kind: 'gansweep' },
          outcome: {
            kind: 'measured',
            rows: 10_000,
            precision: 0.47,
            recall: 0.46999,
            density: 1.05,
            coverage: 0.97,
            seconds: 81.23,
          },
        },
      ],
    },
    {
      kind: 'memory',
      id: 'memory',
      title: 'small',
      lanes: 1,
      stepsPerCall: 50,
      entries: [
        {
          contender: { name: 'gansweep onnx', kind: 'gansweep' },
          outcome: { ...measured('onnx 1.0', 800), steps: 10_000, beforeMiB: 100, afterMiB: 99.5 },
        },
      ],
    },
    {
      kind: 'memory-prediction',
      id: 'foretold',
      title: 'memory of a program',
      entries: [
        {
          contender: { name: 'large', kind: 'gansweep' },
          outcome: { kind: 'measured', executor: 'onnx', predictedBytes: 9 * 2 ** 20, measuredBytes: 10 * 2 ** 20 },
        },
        {
          contender: { name: 'little', kind: 'gansweep' },
          outcome: { kind: 'measured', executor: 'wasm', copies: 16, predictedBytes: 2 ** 20, measuredBytes: 2 ** 20 },
        },
      ],
    },
  ],
});

describe('report', () => {
  const lines = renderTables(result);

  it('tells how far predictions of memory are off', () => {
    expect(lines).toContain('| large | onnx | 1 × | 9.0 | 10.0 | −10 % | `--only foretold` |');
    expect(lines).toContain('| little | wasm | 16 × | 1.0 | 1.0 | 0 % | `--only foretold` |');
  });

  it('has a column for each of our executors that ran, and the ratio of each contender to it', () => {
    expect(lines).toContain(
      '| small | median ms | of it in the executor | best ms | ready after s | ÷ gansweep onnx | ÷ gansweep wasm |',
    );
    expect(lines).toContain('| gansweep onnx | 0.200 | 0.160 | 0.180 | 0.8 | 1 | 4.0 (4.0–4.0) |');
    // Round by round 5, 5 and 6 times as long as onnx.
    expect(lines).toContain('| PyTorch eager | 1.20 |  | 0.900 | 4.0 | 5.0 (5.0–5.5) | 20 (20–22) |');
  });

  it('says of those that did not run why, without breaking the table', () => {
    expect(lines).toContain('| gansweep tensorflow | refused: no library \\| here |  |  |  |  |  |');
    expect(lines).toContain('| JAX jit | failed: ended with SIGKILL |  |  |  |  |  |');
  });

  it('sums up by our fastest executor; who was not measured has no figure', () => {
    expect(lines).toContain('|  | gansweep | PyTorch eager | JAX jit |');
    expect(lines).toContain('| small | 0.050 ms (wasm) | 20 × | – |');
  });

  it('tells lanes as steps of single runs a second', () => {
    expect(lines).toContain('| gansweep onnx | 0.200 | 0.160 | 0.180 | 40,000 | 0.8 | 1 |');
  });

  it('adds up the speed of two trainers', () => {
    expect(lines).toContain('| small | gansweep onnx | 2,000 | 3,500 | 1.8 (1.6–1.9) | `--only two` |');
  });

  it('tells a whole sweep in seconds, and when the ways of training it did not draw the same curves', () => {
    expect(lines).toContain('| many | packs of at most 16 | 4.00 | 3.00 | 2.00 | 1.00 | **differ** | `--only sweep` |');
    expect(lines).toContain('| many | one claim a run | 6.00 | 6.00 | 5.00 | 5.00 | **differ** | `--only sweep` |');
  });

  it('tells the wait for data as a share of the time, by its median and its most', () => {
    expect(lines).toContain(
      '| digits | images read ahead | 0.50 % | 0.60 % | 460 | the same in every round | `--only wait` |',
    );
    expect(lines).toContain('| digits | images read before each call | failed: no disk |  |  |  | `--only wait` |');
  });

  it('has the scores of one law against itself with the seconds they took', () => {
    expect(lines).toContain('| one law | 10,000 | 0.4700 | 0.4700 | 1.0500 | 0.9700 | 81.2 | `--only prdc` |');
  });

  it('tells memory as growth a thousand steps', () => {
    expect(lines).toContain('| small | gansweep onnx | 10,000 | 100.0 | 99.5 | −51 | `--only memory` |');
  });

  it('names machine, libraries and day, and how to measure a table again', () => {
    const text = lines.join('\n');
    expect(text).toContain('Quick One, 2 cores, 16 GiB, linux x64, Node v20.0.0; contenders bound to one core.');
    expect(text).toContain('Measured on 2030-01-02 with PyTorch 2.0, onnx 1.0, wasm 1.');
    expect(text).toContain('`--only step-small`: 3 rounds, losses read every 50 steps.');
  });

  it('says that nothing was measured on a GPU, and that a quick run is not for quoting', () => {
    expect(renderReport(result)).toContain('## GPU\n\nNot measured on a GPU yet.');
    expect(renderReport(result)).not.toContain('not for quoting');
    expect(renderReport({ ...result, effort: 'quick' })).toContain('not for quoting');
  });

  it('shows a race on a GPU with images a second and its load, in a section of its own beside the other machine', () => {
    const outcome = {
      ...measured('tensorflow-gpu 2.0', 900),
      medianMs: [4, 8, 4],
      bestMs: [3, 3, 3],
      executorMs: null,
    };
    const race: RaceResult = {
      ...step,
      kind: 'gpu-lanes',
      id: 'gpu-lanes-8',
      title: '8 runs',
      lanes: 8,
      batch: 64,
      entries: [
        {
          contender: { name: 'gansweep tensorflow-gpu', kind: 'gansweep' },
          outcome: { ...outcome, gpuLoad: [0.5, null, 0.7] },
        },
        {
          contender: { name: 'JAX jit', kind: 'peer' },
          outcome: { ...outcome, medianMs: [8, 16, 8], gpuLoad: [null] },
        },
      ],
    };
    const onGpu = benchResult({ ...result, machine: { ...result.machine, gpu: 'Fast Card, 1 MiB' }, cases: [race] });
    const page = renderReport(result, onGpu);
    expect(page).not.toContain('Not measured on a GPU');
    expect(page.slice(page.indexOf('## GPU'))).toContain('Fast Card, 1 MiB; Quick One, 2 cores');
    // 8 runs × 64 images in 4 ms.
    expect(page).toMatch(/\| gansweep tensorflow-gpu \| 4\.00 \|.*\| 2,000 \| 128,000 \| 60 % \|/);
    expect(page).toMatch(/\| JAX jit \| 8\.00 \|.*\| 64,000 \| {2}\|.*2\.0 \(2\.0–2\.0\)/);
    expect(page).toContain('`--gpu --only gpu-lanes-8`');
    expect(renderTables(onGpu).join('\n')).toContain('### Many runs on one GPU');
  });

  it('is the same from the figures at hand and from the file they were written to', () => {
    const third: BenchResult = benchResult({ ...result, machine: { ...result.machine, loadBefore: 1 / 3 } });
    expect(third.machine.loadBefore).toBe(0.333333);
  });

  it('leaves out sections without a case', () => {
    expect(renderTables({ ...result, cases: [step] }).join('\n')).not.toContain('Two trainers');
  });

  it('is what docs/performance.md shows of docs/performance.json', () => {
    const docs = path.resolve(import.meta.dirname, '../../../../docs');
    const page = readFileSync(path.join(docs, 'performance.md'), 'utf8');
    const onGpu = path.join(docs, 'performance-gpu.json');
    expect(page).toBe(
      renderReport(readResult(path.join(docs, 'performance.json')), existsSync(onGpu) ? readResult(onGpu) : null),
    );
  });
});

describe('cases of an earlier result', () => {
  const again = { ...step, title: 'measured again' };
  const now = (change: Partial<BenchResult> = {}): BenchResult => ({ ...result, cases: [again], ...change });

  it('stay where they were not measured again, in the order of the cases', () => {
    const ids = result.cases.map(({ id }) => id).toReversed();
    const together = withCasesOf(now(), result, ids);
    expect(together.cases.map(({ id }) => id)).toEqual(ids);
    expect(together.cases.find(({ id }) => id === step.id)?.title).toBe('measured again');
  });

  it('keep the load that they were measured under, and the others theirs', () => {
    const under = (loadBefore: number): Partial<BenchResult> => ({ machine: { ...result.machine, loadBefore } });
    const ids = result.cases.map(({ id }) => id);
    const second = withCasesOf(now(under(2)), result, ids);
    expect(renderReport(second)).toContain('Load before the first round 0.3, 2 before `step-small`.');
    const eight = { ...under(4), cases: result.cases.filter(({ id }) => id === 'lanes-8') };
    expect(renderReport(withCasesOf(now(eight), second, ids))).toContain(
      'Load before the first round 0.3, 2 before `step-small`, 4 before `lanes-8`.',
    );
  });

  it.each([
    ['effort', { effort: 'quick' } as const],
    ['processor', { machine: { ...result.machine, processor: 'Slow One' } }],
    ['number of cores', { machine: { ...result.machine, cores: 4 } }],
  ])('are refused beside those of another %s', (_, change) => {
    expect(() => withCasesOf(now(change), result, [])).toThrow(/cannot stand beside this one: full rounds, Quick One/);
  });
});
