import type { Client, RunAnswer, SweepDetail } from '@gansweep/contract';
import { isTerminal, type SweepId } from '@gansweep/domain';
import { bar, dim, duration, number, table } from '../terminal/table.ts';
import { allOf } from './client.ts';

const POLL_MS = 2_000;
const ROWS_AT_MOST = 30;
/** Away from a terminal a line every so often is enough. */
const LINE_EVERY_MS = 10_000;

/** Shows a sweep until its runs have ended; on a terminal in place, else a line now and then. */
export async function watchSweep(
  client: Client,
  id: SweepId,
  { isOver = () => false }: { readonly isOver?: () => boolean } = {},
): Promise<SweepDetail> {
  const began = Date.now();
  const live = process.stdout.isTTY ?? false;
  let drawn = 0;
  let lastLine = 0;
  for (;;) {
    const sweep = await client.getSweep({ id });
    const over = isOver() || sweep.state === 'done' || sweep.state === 'cancelled';
    if (live) {
      const text = await picture(client, sweep, (Date.now() - began) / 1000);
      process.stdout.write(`${drawn > 0 ? `\u001b[${drawn}A\u001b[J` : ''}${text}\n`);
      drawn = text.split('\n').length;
    } else if (over || Date.now() - lastLine >= LINE_EVERY_MS) {
      lastLine = Date.now();
      console.log(`${duration((Date.now() - began) / 1000)}: ${headline(sweep)}`);
    }
    if (over) return sweep;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function headline(sweep: SweepDetail): string {
  const share = sweep.progress.images === 0 ? 0 : sweep.progress.imagesSeen / sweep.progress.images;
  const counts = Object.entries(sweep.counts)
    .filter(([, n]) => n > 0)
    .map(([state, n]) => `${n} ${state}`)
    .join(', ');
  const waiting = sweep.waitingBecause === null ? '' : ` (${sweep.waitingBecause})`;
  return `${sweep.name}: ${Math.floor(share * 100)} % of the images, ${counts}${waiting}`;
}

async function picture(client: Client, sweep: SweepDetail, seconds: number): Promise<string> {
  const runs = await allOf((cursor) => client.listRuns({ sweep: sweep.id, limit: 500, ...(cursor ? { cursor } : {}) }));
  const shown = runs
    .toSorted((a, b) => rank(a) - rank(b))
    .slice(0, Math.min(ROWS_AT_MOST, (process.stdout.rows ?? 40) - 6));
  const losses = await Promise.all(
    shown.map(async (run) => {
      if (run.imagesSeen === 0) return '';
      const { series } = await client.getCurves({ id: run.id, names: 'lossD,lossG', maxPoints: 1 });
      return `D ${number(series.lossD?.value.at(-1))}  G ${number(series.lossG?.value.at(-1))}`;
    }),
  );
  const rows = shown.map((run, i) => [
    (run.id as string).slice(-6),
    sweep.axes.map((name) => run.config[name] ?? '').join(' '),
    String(run.seed),
    run.state,
    bar(run.imagesSeen / Number(run.config.images ?? 1), 16),
    losses[i] ?? '',
  ]);
  const columns = [
    { name: 'run' },
    { name: sweep.axes.join(' ') || 'configuration' },
    { name: 'seed', right: true },
    { name: 'state' },
    { name: 'progress' },
    { name: 'losses' },
  ];
  const more = runs.length > shown.length ? `\n${dim(`… and ${runs.length - shown.length} more`)}` : '';
  return `${headline(sweep)}, ${duration(seconds)}\n${table(columns, rows)}${more}`;
}

/** Running first, then what waits, then what has ended. */
function rank({ state }: RunAnswer): number {
  if (state === 'running') return 0;
  return isTerminal(state) ? 2 : 1;
}
