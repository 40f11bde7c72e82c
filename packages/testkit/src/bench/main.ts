import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { BENCH_CASES, casesNamed, type Effort, GPU_CASES } from './cases.ts';
import { eagerTensorflowJs, gpuPeerContenders, ourContenders, ourGpuContenders, peerContenders } from './contenders.ts';
import { describeGpu } from './gpu.ts';
import { describeMachine } from './machine.ts';
import { measureCase } from './measure-case.ts';
import { bindableCores } from './processor-cores.ts';
import { renderReport, renderTables } from './report.ts';
import { type AnyCaseResult, type BenchResult, benchResult, readResult, withCasesOf } from './result.ts';

const USAGE =
  'npm run bench -- [--gpu] [--quick] [--only TEXT] [--without TEXT] [--python PYTHON] [--keep RESULT.json] [--json FILE] [--markdown FILE] [--from RESULT.json] [--gpu-from RESULT.json]';
const CASE_LIST = [...BENCH_CASES, ...GPU_CASES].map(({ id, title }) => `  ${id}: ${title}`).join('\n');
const { values: options } = parseArgs({
  options: {
    gpu: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    without: { type: 'string' },
    python: { type: 'string' },
    keep: { type: 'string' },
    json: { type: 'string' },
    markdown: { type: 'string' },
    from: { type: 'string' },
    'gpu-from': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  process.stdout.write(`${USAGE}\n${CASE_LIST}\n`);
  process.exit(0);
}

const gpu = options.gpu ? describeGpu() : null;
if (options.gpu && options.from === undefined && gpu === null) {
  process.stderr.write('--gpu: nvidia-smi lists no GPU here\n');
  process.exit(2);
}
const cases = options.gpu ? GPU_CASES : BENCH_CASES;
const chosen = casesNamed<(typeof BENCH_CASES | typeof GPU_CASES)[number]>(cases, options.only ?? '');
if (chosen.length === 0) {
  process.stderr.write(`no case has '${options.only}' in its name; there are\n${CASE_LIST}\n`);
  process.exit(2);
}
const earlier = options.keep === undefined ? null : readResult(options.keep);
const result = options.from === undefined ? await measure() : readResult(options.from);
process.stdout.write(`${renderTables(result).join('\n')}\n`);
if (options.from !== undefined) write(result);
const onGpu = options['gpu-from'] === undefined ? null : readResult(options['gpu-from']);
if (options.markdown !== undefined) writeFileSync(options.markdown, renderReport(result, onGpu));

function write(found: BenchResult): void {
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(found, null, 2)}\n`);
}

async function measure(): Promise<BenchResult> {
  const { python } = options;
  const { without } = options;
  const everyone = options.gpu
    ? [...ourGpuContenders(), ...(python === undefined ? [] : gpuPeerContenders(python))]
    : [...ourContenders(), eagerTensorflowJs(), ...(python === undefined ? [] : peerContenders(python))];
  const contenders = everyone.filter(({ name }) => without === undefined || !name.includes(without));
  // A GPU's library has threads of its own.
  const cores = options.gpu ? [] : bindableCores();
  const effort: Effort = options.quick ? 'quick' : 'full';
  const machine = describeMachine({ bound: cores.length > 0, ...(gpu !== null && { gpu }) });
  const found: AnyCaseResult[] = [];
  const date = new Date().toISOString().slice(0, 10);
  const soFar = (): BenchResult => {
    const now = benchResult({ date, effort, machine, cases: found });
    return earlier
      ? withCasesOf(
          now,
          earlier,
          cases.map(({ id }) => id),
        )
      : now;
  };
  // Before hours are spent on what could not stand beside it.
  soFar();
  for (const benchCase of chosen) {
    process.stderr.write(`${benchCase.id} (${found.length + 1} of ${chosen.length}) …\n`);
    found.push(await measureCase(benchCase, { contenders, effort, cores }));
    // After each case, so that one that is broken off costs none of the others.
    write(soFar());
  }
  return soFar();
}
