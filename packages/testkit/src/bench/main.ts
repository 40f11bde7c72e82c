import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { BENCH_CASES, casesNamed, type Effort } from './cases.ts';
import { eagerTensorflowJs, ourContenders, peerContenders } from './contenders.ts';
import { describeMachine } from './machine.ts';
import { measureCase } from './measure-case.ts';
import { bindableCores } from './processor-cores.ts';
import { renderReport, renderTables } from './report.ts';
import { type AnyCaseResult, type BenchResult, benchResult, readResult, withCasesOf } from './result.ts';

const USAGE =
  'npm run bench -- [--quick] [--only TEXT] [--python PYTHON] [--keep RESULT.json] [--json FILE] [--markdown FILE] [--from RESULT.json]';
const CASE_LIST = BENCH_CASES.map(({ id, title }) => `  ${id}: ${title}`).join('\n');
const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    python: { type: 'string' },
    keep: { type: 'string' },
    json: { type: 'string' },
    markdown: { type: 'string' },
    from: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  process.stdout.write(`${USAGE}\n${CASE_LIST}\n`);
  process.exit(0);
}

const chosen = options.only === undefined ? BENCH_CASES : casesNamed(options.only);
if (chosen.length === 0) {
  process.stderr.write(`no case has '${options.only}' in its name; there are\n${CASE_LIST}\n`);
  process.exit(2);
}
const earlier = options.keep === undefined ? null : readResult(options.keep);
const result = options.from === undefined ? await measure() : readResult(options.from);
process.stdout.write(`${renderTables(result).join('\n')}\n`);
if (options.from !== undefined) write(result);
if (options.markdown !== undefined) writeFileSync(options.markdown, renderReport(result));

function write(found: BenchResult): void {
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(found, null, 2)}\n`);
}

async function measure(): Promise<BenchResult> {
  const contenders = [
    ...ourContenders(),
    eagerTensorflowJs(),
    ...(options.python === undefined ? [] : peerContenders(options.python)),
  ];
  const cores = bindableCores();
  const effort: Effort = options.quick ? 'quick' : 'full';
  const machine = describeMachine({ bound: cores.length > 0 });
  const cases: AnyCaseResult[] = [];
  const date = new Date().toISOString().slice(0, 10);
  const soFar = (): BenchResult => {
    const found = benchResult({ date, effort, machine, cases });
    return earlier
      ? withCasesOf(
          found,
          earlier,
          BENCH_CASES.map(({ id }) => id),
        )
      : found;
  };
  // Before hours are spent on what could not stand beside it.
  soFar();
  for (const benchCase of chosen) {
    process.stderr.write(`${benchCase.id} (${cases.length + 1} of ${chosen.length}) …\n`);
    cases.push(await measureCase(benchCase, { contenders, effort, cores }));
    // After each case, so that one that is broken off costs none of the others.
    write(soFar());
  }
  return soFar();
}
