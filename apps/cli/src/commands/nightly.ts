import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readRegressionFolder } from '@gansweep/api';
import { ApiProblem, type BaselineAnswer, type Client, type NightAnswer } from '@gansweep/contract';
import type { NightVerdict } from '@gansweep/domain';
import { EXIT, onShutdown, readConfig } from '@gansweep/runtime';
import { Broken, UsageError } from '../failures.ts';
import { htmlReport } from '../night/html-report.ts';
import { junitReport } from '../night/junit-report.ts';
import { markdownReport } from '../night/markdown-report.ts';
import { CELLS, cellsOf, type FinishedNight, headlineOf, rulesOf } from '../night/night-words.ts';
import { bringUp } from '../service/bring-up.ts';
import { serviceClient } from '../service/client.ts';
import { dim, duration, green, red, table, yellow } from '../terminal/table.ts';
import type { Command } from './command.ts';
import { wordsOf } from './words.ts';

const SHIPPED = path.join(import.meta.dirname, '../../../../sweeps/regression');
const POLL_MS = 2_000;
const LINE_EVERY_MS = 15_000;

/** Of a night's exit codes (`EXIT_OF`); words that do not fit are 3 too, since 2 is an answer here. */
const COULD_NOT_RUN = 3;

export const nightly: Command = {
  usage: '[DIR] [--baseline NAME] [--report FILE…]',
  about: 'trains regression sweeps anew and compares them with a baseline, seed by seed',
  details: `DIR (sweeps/regression) holds the sweeps, nightly.json (margin, falseAlarms, firstSeeds) and baselines/NAME.json (main).
--report FILE.md or FILE.html, again and again; --junit FILE; --save-baseline NAME trains every seed and writes
DIR/baselines/NAME.json (it is compared too where --baseline names one); --up brings the service up for this command.
Exit code: 0 nothing is worse, 1 regressed, 2 inconclusive or nothing to compare with, 3 could not run. docs/nightly.md says what the words mean.`,
  run: async (words) => {
    try {
      return await holdNight(words);
    } catch (error) {
      const { exitCodeOf, lineOf } = await import('../ending.ts');
      if (!(error instanceof ApiProblem) && exitCodeOf(error) === EXIT.broken) throw error;
      console.error(`gansweep: ${lineOf(error)}`);
      return COULD_NOT_RUN;
    }
  },
};

async function holdNight(words: readonly string[]): Promise<number> {
  const { positionals, values } = wordsOf(
    words,
    {
      baseline: { type: 'string' },
      'save-baseline': { type: 'string' },
      report: { type: 'string', multiple: true },
      junit: { type: 'string' },
      up: { type: 'boolean' },
    },
    { names: [], more: true },
  );
  if (positionals.length > 1) throw new UsageError(`'${positionals[1]}' is one word too many: one folder at a time`);
  const folder = path.resolve(positionals[0] ?? SHIPPED);
  const saveBaseline = values['save-baseline'] ?? null;
  const baseline = values.baseline ?? (saveBaseline === null ? 'main' : null);
  const reports = (values.report ?? []).map((file) => ({ file, make: reportKind(file) }));
  const asked = readRegressionFolder(folder);
  const file = (name: string): string => path.join(folder, 'baselines', `${name}.json`);
  const stored = baseline !== null && existsSync(file(baseline)) ? readBaseline(file(baseline)) : null;

  const config = readConfig(process.env);
  const service = values.up ? await bringUp({ config, logs: 'files', say: (line) => console.log(line) }) : null;
  const shutdown = onShutdown(() => process.exit(COULD_NOT_RUN));
  try {
    const { client } = serviceClient(config);
    if (stored !== null) await client.saveBaseline({ body: { ...stored, name: baseline ?? stored.name } });
    const { id } = await client.askVerdict({ body: { ...asked, sweeps: [...asked.sweeps], baseline, saveBaseline } });
    const ended = watchNight(client, id, shutdown.isAsked);
    const night = await (service === null ? ended : Promise.race([ended, service.broken]));
    show(night);
    for (const { file: target, make } of reports) write(target, make(night));
    if (values.junit) write(values.junit, junitReport(night));
    if (saveBaseline !== null && night.report.verdict !== 'could-not-run') {
      const made = await client.getBaseline({ name: saveBaseline });
      write(file(saveBaseline), `${JSON.stringify(made, null, 1)}\n`);
      console.log(`the baseline '${saveBaseline}' is in ${file(saveBaseline)}`);
    }
    return EXIT_OF[night.report.verdict];
  } finally {
    await service?.stop();
  }
}

function reportKind(file: string): (night: FinishedNight) => string {
  if (/\.html?$/i.test(file)) return htmlReport;
  if (/\.(md|markdown)$/i.test(file)) return markdownReport;
  throw new UsageError(`--report ${file}: the ending says which, .md or .html`);
}

function readBaseline(file: string): BaselineAnswer {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as BaselineAnswer;
  } catch (error) {
    throw new Broken(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function watchNight(client: Client, id: string, isAsked: () => boolean): Promise<FinishedNight> {
  const began = Date.now();
  let lastLine = 0;
  for (;;) {
    const night = await client.getVerdict({ id });
    if (isFinished(night)) return night;
    if (Date.now() - lastLine >= LINE_EVERY_MS) {
      lastLine = Date.now();
      console.log(`${duration((Date.now() - began) / 1000)}: ${progressOf(night)}`);
    }
    if (isAsked())
      throw new Broken(`the night ${id} goes on in the service: GET /api/v1/verdicts/${id} has its verdict`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

const isFinished = (night: NightAnswer): night is FinishedNight => night.report !== null;

function progressOf({ looks }: NightAnswer): string {
  const now = looks.at(-1)?.sweeps ?? [];
  const parts = now.map(
    ({ name, endedRuns, runCount, waitingBecause }) =>
      `${name} ${endedRuns}/${runCount}${waitingBecause === null ? '' : ` (${waitingBecause})`}`,
  );
  return `${looks.length === 1 ? 'first look' : 'seeds that lacked'}: ${parts.join(', ')}`;
}

const PAINT = { regressed: red, improved: green, inconclusive: yellow, unchanged: dim } as const;

function show(night: FinishedNight): void {
  const { questions, changes, faults } = night.report;
  if (questions.length > 0)
    console.log(
      `\n${table(
        [
          { name: 'verdict' },
          ...CELLS.map((name) => ({ name, right: ['pairs', 'baseline', 'tonight'].includes(name) })),
        ],
        questions.map((question) => [PAINT[question.verdict](question.verdict), ...cellsOf(question)]),
      )}`,
    );
  for (const fault of faults) console.log(red(fault));
  console.log(`\n${headlineOf(night)}`);
  if (questions.length > 0) console.log(dim(rulesOf(night)));
  for (const { what, baseline, tonight, details } of changes)
    console.log(
      `${what}: ${baseline || 'none'} → ${tonight || 'none'}${details.map((line) => `\n  ${line}`).join('')}`,
    );
}

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  writeFileSync(file, text);
}

const EXIT_OF: Readonly<Record<NightVerdict, number>> = {
  unchanged: 0,
  improved: 0,
  regressed: 1,
  inconclusive: 2,
  'not-compared': 2,
  'could-not-run': COULD_NOT_RUN,
};
