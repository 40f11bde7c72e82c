import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Client, SweepDetail } from '@gansweep/contract';
import { type Config, EXIT, onShutdown, readConfig } from '@gansweep/runtime';
import { judgeClaim } from '@gansweep/verdict';
import { countSlots } from '@gansweep/worker';
import { UsageError } from '../failures.ts';
import { bringUp } from '../service/bring-up.ts';
import { serviceClient } from '../service/client.ts';
import { budgetsOf, type ClaimBudget } from '../study/budget.ts';
import { recordSweep } from '../study/record-sweep.ts';
import { type ClaimSweep, chosenClaims, SHIPPED_RECORDS, sweepOf, writeRecord } from '../study/study-files.ts';
import { rowsOf, studyPage, writeCurves } from '../study/study-page.ts';
import { dim, duration, green, red, table, yellow } from '../terminal/table.ts';
import type { Command } from './command.ts';
import { wordsOf } from './words.ts';

const POLL_MS = 2_000;
const LINE_EVERY_MS = 30_000;
const WORD_COLOURS = { supported: green, contradicted: red, undecided: yellow } as const;

export const study: Command = {
  usage: 'run [CLAIM…] [--profile quick|full] [--budget] | report [--from DIR] [--markdown FILE]',
  about: 'the claims of the field study: trains what tests them, and says what holds',
  details: [
    'run prints what it will take, trains the sweeps of sweeps/study, and records what their claims read. It starts the service',
    'where none answers, and goes on where it was ended. --profile quick (the default) takes an hour or so of two cores; full is',
    'everything that processors can train, for nights. --budget prints the cost and ends. --results DIR is where records go',
    '(GANSWEEP_HOME/study).',
    'report judges recorded runs: those of --from DIR, else your own, else the shipped ones; --markdown writes the whole page.',
  ].join('\n'),
  run: async ([verb, ...words]) => {
    switch (verb) {
      case 'run':
        return run(words);
      case 'report':
        return report(words);
      default:
        throw new UsageError(`study has run and report, not '${verb ?? ''}' (--help says more)`);
    }
  },
};

function report(words: readonly string[]): number {
  const { values } = wordsOf(words, { from: { type: 'string' }, markdown: { type: 'string' } }, { names: [] });
  const own = path.join(readConfig(process.env).home, 'study');
  const folder = values.from ?? (existsSync(own) ? own : SHIPPED_RECORDS);
  if (!existsSync(folder)) throw new UsageError(`${folder} does not exist: gansweep study run records results`);
  if (values.markdown) {
    writeFileSync(values.markdown, studyPage(folder, path.relative(path.dirname(values.markdown), folder)));
    writeCurves(folder);
    console.log(`written: ${values.markdown}`);
    return EXIT.ok;
  }
  const rows = rowsOf(folder);
  console.log(
    table(
      [{ name: 'claim' }, { name: 'verdict' }, { name: 'of its parts' }, { name: 'what is claimed' }],
      rows.map(({ claim, verdict, answer }) => [
        claim.id,
        verdict === 'not run here' ? dim(verdict) : WORD_COLOURS[verdict](verdict),
        answer
          ? `${answer.parts.filter((part) => part.verdict === 'supported').length} of ${answer.parts.length} hold`
          : '',
        claim.claim,
      ]),
    ),
  );
  console.log(dim(`from ${folder}; gansweep study report --markdown FILE writes numbers, intervals and curves`));
  return EXIT.ok;
}

async function run(words: readonly string[]): Promise<number> {
  const { values, positionals } = wordsOf(
    words,
    { profile: { type: 'string' }, budget: { type: 'boolean' }, results: { type: 'string' } },
    { names: [], more: true },
  );
  const config = readConfig(process.env);
  const claims = chosenClaims(positionals, values.profile ?? 'quick');
  const sweeps = claims.map(sweepOf);
  const results = values.results ?? path.join(config.home, 'study');
  process.title = 'gansweep study';
  const { client } = serviceClient(config);
  const answers = await client.ready().then(
    () => true,
    () => false,
  );
  const say = (line: string): void => console.log(line);
  if (values.budget) {
    say(budgetTable(await budgetsOf(sweeps, { config, client: answers ? client : null, say }), config));
    return EXIT.ok;
  }
  const shutdown = onShutdown(() => process.exit(EXIT.no));
  if (!answers) say('starting the database, the API and a worker …');
  const service = answers ? null : await bringUp({ config, logs: 'files', say });
  try {
    say(budgetTable(await budgetsOf(sweeps, { config, client, say }), config));
    const work = trainAll({ client, config, sweeps, results, isOver: shutdown.isAsked, say });
    return await (service ? Promise.race([work, service.broken]) : work);
  } finally {
    await service?.stop();
  }
}

/** Minutes by claim, and together on this machine. */
export function budgetTable(budgets: readonly ClaimBudget[], config: Pick<Config, 'slots'>): string {
  const slots = config.slots ?? countSlots();
  const total = budgets.reduce((sum, { seconds }) => sum + seconds, 0);
  const runs = budgets.reduce((sum, budget) => sum + budget.runs - budget.shared, 0);
  return [
    table(
      [
        { name: 'claim' },
        { name: 'runs', right: true },
        { name: 'shared', right: true },
        { name: 'images', right: true },
        { name: 'one slot', right: true },
      ],
      budgets.map(({ claim, runs: all, shared, images, seconds }) => [
        claim,
        String(all),
        shared === 0 ? '' : String(shared),
        images.toLocaleString('en-US'),
        seconds === 0 ? '' : duration(seconds),
      ]),
    ),
    `${runs} runs, about ${duration(total)} of one slot, ${duration(total / slots)} on this machine's ${slots}; runs that are recorded already cost nothing`,
    ...(budgets.some(({ isMeasured }) => isMeasured)
      ? [
          'these are at most: they were measured on runs that train alone, and a worker packs small networks together, which takes a fraction',
        ]
      : []),
  ].join('\n');
}

interface Work {
  readonly client: Client;
  readonly config: Config;
  readonly sweeps: readonly ClaimSweep[];
  readonly results: string;
  readonly isOver: () => boolean;
  readonly say: (line: string) => void;
}

/** Submits every sweep, then records and judges each as it ends. */
async function trainAll({ client, sweeps, results, isOver, say }: Work): Promise<number> {
  const waiting = new Map<ClaimSweep, SweepDetail['id']>();
  for (const sweep of sweeps) {
    const { id, runCount, adoptedRunCount } = await submitOnce(client, sweep);
    waiting.set(sweep, id);
    if (adoptedRunCount > 0)
      say(dim(`${sweep.claim.id}: ${adoptedRunCount} of ${runCount} runs are recorded already or shared`));
  }
  let failed = 0;
  let told = 0;
  while (waiting.size > 0) {
    for (const [sweep, id] of waiting) {
      const detail = await client.getSweep({ id });
      if (detail.state !== 'done' && detail.state !== 'cancelled') continue;
      waiting.delete(sweep);
      failed += detail.counts.failed + detail.counts.quarantined;
      const { record, picture } = await recordSweep(client, sweep, detail);
      const file = writeRecord(results, record, picture);
      const { verdict, parts } = judgeClaim(sweep.claim, record);
      say(`\n${sweep.claim.id} ${WORD_COLOURS[verdict](verdict)}: ${sweep.claim.claim}`);
      for (const part of parts) say(`  ${WORD_COLOURS[part.verdict](part.verdict)}  ${part.name}: ${part.sentence}`);
      say(dim(`  ${file}`));
    }
    if (waiting.size === 0) break;
    if (isOver()) {
      say('ended; what was trained is kept, and the same command goes on from there');
      return EXIT.no;
    }
    if (Date.now() - told >= LINE_EVERY_MS) {
      told = Date.now();
      say(await progressLine(client, waiting));
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return failed > 0 ? EXIT.no : EXIT.ok;
}

/** The same file again is the same sweep, but where that one was cancelled or has runs that failed. */
async function submitOnce(client: Client, { claim, hash, text }: ClaimSweep) {
  const submitted = await client.submitSweep(text, { idempotencyKey: `study-${claim.id}-${hash}` });
  if (submitted.created) return submitted;
  const { state, counts } = await client.getSweep({ id: submitted.id });
  const isLost = state === 'cancelled' || counts.failed + counts.quarantined + counts.cancelled > 0;
  return isLost ? client.submitSweep(text) : submitted;
}

async function progressLine(client: Client, waiting: ReadonlyMap<ClaimSweep, SweepDetail['id']>): Promise<string> {
  const parts: string[] = [];
  let because: string | null = null;
  for (const [{ claim }, id] of waiting) {
    const { progress, runCount, waitingBecause } = await client.getSweep({ id });
    because ??= waitingBecause;
    parts.push(`${claim.id} ${progress.endedRuns}/${runCount}`);
  }
  return dim(
    `${new Date().toISOString().slice(11, 19)}  runs ended: ${parts.join(', ')}${because ? ` (${because})` : ''}`,
  );
}
