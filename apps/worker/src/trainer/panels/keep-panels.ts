import type { OpenDataset } from '@gansweep/datasets';
import { makePanel, panelsOf } from '@gansweep/evaluation';
import { openNetworks } from '@gansweep/gan';
import type { Executor } from '@gansweep/program';
import { evaluationAllowance } from '../evaluation/place-of-evaluation.ts';
import type { ArtifactTools } from '../job-artifacts.ts';
import { panelSubject } from './panel-subject.ts';

/** A training in the plane of fewer images takes less time than its panels. */
const PLANE_IMAGES_MIN = 25_000;
/** So long they may take whatever the run took: all of a small one are made also on a machine that is busy. */
const LEAST_SECONDS = 5;

/**
 * Makes the panels of networks at the end of a run, one after another, and keeps each with its numbers. They may take the
 * share of the run's seconds that its evaluations may; what comes after that is left out, and the log names it. Short
 * trainings of the plane get none: a sweep of hundreds would take twice the time. A panel that cannot be made costs no
 * run its results: the log says why.
 */
export async function keepPanels(
  { artifacts, tell }: ArtifactTools,
  {
    checkpoint,
    imagesSeen,
    folder,
    dataset,
    executor,
    seconds,
    runSeconds,
    share,
    turn,
  }: {
    /** Bytes of the full checkpoint. */
    readonly checkpoint: Uint8Array;
    readonly imagesSeen: number;
    /** Of the attempt's artefacts. */
    readonly folder: string;
    readonly dataset: Pick<OpenDataset, 'heldOut' | 'train'>;
    readonly executor: Executor;
    readonly seconds: () => number;
    readonly runSeconds: number;
    readonly share: number;
    readonly turn: () => Promise<void>;
  },
): Promise<void> {
  if (dataset.heldOut.kind === 'plane' && imagesSeen < PLANE_IMAGES_MIN) return;
  const allowance = Math.max(LEAST_SECONDS, evaluationAllowance({ runSeconds, share }));
  const began = seconds();
  const opened = openNetworks({ bytes: checkpoint, name: `${folder}/${imagesSeen}.full` }, executor);
  if (!opened.ok) {
    tell({ kind: 'log', line: `there are no panels: ${opened.error}` });
    return;
  }
  await using networks = opened.value;
  const subject = panelSubject(networks, dataset);
  const names = panelsOf(subject);
  for (const [i, name] of names.entries()) {
    await turn();
    const spent = seconds() - began;
    if (spent > allowance) {
      tell({
        kind: 'log',
        line: `panels took ${spent.toFixed(1)} s, more than GANSWEEP_EVALUATION_SHARE=${share} of this run; ${names.slice(i).join(', ')} left out`,
      });
      return;
    }
    try {
      const { png, json } = await makePanel(name, subject);
      const [picture, data] = [`${folder}/${imagesSeen}-${name}.png`, `${folder}/${imagesSeen}-${name}.json`];
      await Promise.all([artifacts.write(picture, png), artifacts.write(data, json)]);
      tell({ kind: 'panel', panel: { name, imagesSeen, picture, data } });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      tell({ kind: 'log', line: `the panel ${name} could not be made: ${reason}` });
    }
  }
}
