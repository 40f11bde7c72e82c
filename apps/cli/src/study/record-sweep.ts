import { cpus } from 'node:os';
import type { Client, RunAnswer, SweepDetail } from '@gansweep/contract';
import { TRAINING_VERSION } from '@gansweep/domain';
import type { Series, StudyRecord, StudyRun } from '@gansweep/verdict';
import { allOf } from '../service/client.ts';
import type { ClaimSweep } from './study-files.ts';
import { type PicturedRun, studyPicture } from './study-pictures.ts';
import { TAKERS } from './taken-measures.ts';

/** Runs whose numbers are asked for at once. */
const AT_ONCE = 8;

/** What is kept of a claim's sweep. */
export interface SweepRecord {
  readonly record: StudyRecord;
  /** PNG of what its runs made; null where they made nothing to see. */
  readonly picture: Uint8Array | null;
}

/** What the claim reads of every run of its sweep that has ended, in the order of the sweep. */
export async function recordSweep(
  client: Client,
  { claim, hash }: ClaimSweep,
  sweep: Pick<SweepDetail, 'id' | 'axes'>,
): Promise<SweepRecord> {
  const answers = await allOf((cursor) =>
    client.listRuns({ sweep: sweep.id, limit: 500, ...(cursor ? { cursor } : {}) }),
  );
  const fields = [...new Set(['model', 'dataset', ...sweep.axes])];
  const pictured: PicturedRun[] = [];
  for (let from = 0; from < answers.length; from += AT_ONCE)
    pictured.push(
      ...(await Promise.all(
        answers
          .slice(from, from + AT_ONCE)
          .map(async (run) => ({ run, recorded: await studyRun(client, run, { claim, fields }) })),
      )),
    );
  pictured.sort(({ recorded: a }, { recorded: b }) => compareTexts(cellOf(a), cellOf(b)) || a.seed - b.seed);
  const backends = answers.flatMap(({ backend }) => (backend ? [`${backend.name} ${backend.version}`] : []));
  const record: StudyRecord = {
    claim: claim.id,
    specHash: hash,
    date: new Date().toISOString().slice(0, 10),
    trainingVersion: TRAINING_VERSION,
    machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${process.platform} ${process.arch}`,
    backends: [...new Set(backends)].sort(),
    seconds: Math.round(answers.reduce((sum, { cost }) => sum + cost.seconds, 0)),
    images: answers.reduce((sum, { imagesSeen }) => sum + imagesSeen, 0),
    runs: pictured.map(({ recorded }) => recorded),
  };
  return { record, picture: claim.pictured === false ? null : await studyPicture(client, pictured) };
}

const cellOf = ({ config }: StudyRun): string => JSON.stringify(config);
const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

async function studyRun(
  client: Client,
  run: RunAnswer,
  { claim: { reads }, fields }: { readonly claim: ClaimSweep['claim']; readonly fields: readonly string[] },
): Promise<StudyRun> {
  const curves = reads.curves ?? [];
  const [evaluations, series, measures] = await Promise.all([
    allOf((cursor) => client.listEvaluations({ id: run.id, limit: 500, ...(cursor ? { cursor } : {}) })),
    curves.length > 0 ? client.getCurves({ id: run.id, names: curves.join(','), maxPoints: 0 }) : { series: {} },
    Promise.all((reads.measures ?? []).map(async (name) => [name, rounded(await TAKERS[name](client, run))] as const)),
  ]);
  const inOrder = evaluations.toSorted((a, b) => a.imagesSeen - b.imagesSeen);
  return {
    config: Object.fromEntries(
      fields.flatMap((name) => (run.config[name] === undefined ? [] : [[name, run.config[name]]])),
    ),
    seed: run.seed,
    state: run.state,
    scores: Object.fromEntries(
      reads.scores.flatMap((name): readonly (readonly [string, Series])[] => {
        const having = inOrder.filter(({ scores }) => scores[name] !== undefined);
        if (having.length === 0) return [];
        return [
          [
            name,
            {
              images: having.map(({ imagesSeen }) => imagesSeen),
              value: having.map(({ scores }) => rounded(scores[name] ?? null)),
            },
          ],
        ];
      }),
    ),
    curves: Object.fromEntries(
      curves.flatMap((name): readonly (readonly [string, Series])[] => {
        const curve = (series.series as Awaited<ReturnType<Client['getCurves']>>['series'])[name];
        return curve ? [[name, { images: curve.images, value: curve.value.map(rounded) }]] : [];
      }),
    ),
    measures: Object.fromEntries(measures),
    findings: run.findings.map(({ name, imagesSeen }) => ({ name, imagesSeen })),
  };
}

/** Five digits: more than any judgement needs. */
const rounded = (value: number | null): number | null =>
  value === null || !Number.isFinite(value) ? null : Number(value.toPrecision(5));
