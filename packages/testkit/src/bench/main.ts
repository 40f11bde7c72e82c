import { writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { onnxExecutor } from '@gansweep/program';
import { BENCH_CASES, prepareCase } from './bench-cases.ts';

/** `npm run bench -- [--quick] [--json FILE]`: milliseconds of one GAN iteration through the public executor. */
const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
});
const rounds = options.quick ? 3 : 15;
const now = (): number => performance.now();

const executor = await onnxExecutor();
const machine = {
  processor: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  backend: `${executor.name} ${executor.version} on ${executor.device}, one thread`,
  loadAtStart: Math.round((loadavg()[0] ?? 0) * 10) / 10,
};
const prepared = [];
for (const benchCase of BENCH_CASES)
  prepared.push({
    benchCase,
    prepared: await prepareCase(benchCase, executor, now),
    times: [] as { call: number; whole: number }[],
  });

// Interleaved, so that a busy moment of the machine does not fall on one case alone.
for (let round = 0; round < rounds; round += 1)
  for (const entry of prepared) entry.times.push(await entry.prepared.round());

const results = [];
for (const { benchCase, prepared: ready, times } of prepared) {
  const sorted = (pick: (time: { call: number; whole: number }) => number): number[] =>
    times.map(pick).sort((a, b) => a - b);
  const [call, whole] = [sorted((time) => time.call), sorted((time) => time.whole)];
  const { lossD, lossG } = ready.losses();
  if (!Number.isFinite(lossD + lossG))
    throw new Error(`${benchCase.name}: the losses are not finite (${lossD}, ${lossG})`);
  results.push({
    name: benchCase.name,
    stepsPerCall: benchCase.stepsPerCall,
    rounds,
    nodes: ready.nodes,
    parameters: ready.parameters,
    loadMs: ready.loadMs,
    medianMs: median(call),
    bestMs: call[0] ?? Number.NaN,
    medianWithInputsMs: median(whole),
  });
  await ready[Symbol.asyncDispose]();
}

const rows = results.map((r) => [
  r.name,
  milliseconds(r.medianMs),
  milliseconds(r.bestMs),
  milliseconds(r.medianWithInputsMs),
  `${r.stepsPerCall}`,
  `${r.nodes}`,
  `${r.parameters}`,
  milliseconds(r.loadMs),
]);
const header = [
  'D+G step',
  'median ms',
  'best ms',
  'median ms with inputs',
  'steps a call',
  'nodes',
  'parameters',
  'load ms',
];
process.stdout.write(
  `${[
    `${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}; ${machine.backend}; load ${machine.loadAtStart}; ${rounds} interleaved rounds`,
    '',
    `| ${header.join(' | ')} |`,
    `|${header.map((_, i) => (i === 0 ? '---' : '---:')).join('|')}|`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n')}\n`,
);
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ machine, results }, null, 2)}\n`);

function median(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

function milliseconds(value: number): string {
  return value >= 10 ? value.toFixed(1) : value.toFixed(3);
}
