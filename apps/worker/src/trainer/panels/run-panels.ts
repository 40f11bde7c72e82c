import type { OpenDataset } from '@gansweep/datasets';
import type { PanelName } from '@gansweep/domain';
import {
  makePanel,
  makeSamplePanel,
  type PanelFiles,
  PROGRESS_PANELS,
  panelsOf,
  type SampleSubject,
  samplePanelsOf,
} from '@gansweep/evaluation';
import { openNetworks } from '@gansweep/gan';
import type { Executor } from '@gansweep/program';
import { evaluationAllowance } from '../evaluation/place-of-evaluation.ts';
import type { ArtifactTools } from '../job-artifacts.ts';
import { panelSubject } from './panel-subject.ts';

/** A training in the plane of fewer images takes less time than its panels; of fewer than the second, than those on its way. */
const PLANE_IMAGES_MIN = 25_000;
const PLANE_PROGRESS_IMAGES_MIN = 100_000;
/** So long those of the end may take whatever the run took: all of a small one are made also on a machine that is busy. */
const LEAST_SECONDS = 5;

/** The panels of one attempt, each kept with the numbers behind it. */
export interface RunPanels {
  /** Those of networks, from the bytes of a full checkpoint; `isEnd`: all there are, else those that show progress. */
  ofNetworks(moment: {
    readonly checkpoint: Uint8Array;
    readonly imagesSeen: number;
    readonly isEnd: boolean;
  }): Promise<void>;
  /** Those of samples that somebody else made. */
  ofSamples(moment: { readonly subject: SampleSubject; readonly imagesSeen: number }): Promise<void>;
}

/**
 * Makes panels one after another. All of a run may take the share of its seconds that its evaluations may; what comes after
 * that is left out, and the log names it. Short trainings of the plane get none: a sweep of hundreds would take twice the
 * time. A panel that cannot be made costs no run its results: the log says why.
 */
export function runPanels(
  { artifacts, tell }: ArtifactTools,
  {
    folder,
    dataset,
    executor,
    totalImages,
    seconds,
    slotSeconds,
    share,
    turn,
  }: {
    /** Of the attempt's artefacts. */
    readonly folder: string;
    readonly dataset: Pick<OpenDataset, 'heldOut' | 'train'>;
    readonly executor: Executor;
    readonly totalImages: number;
    readonly seconds: () => number;
    /** The run's part of its slot's time so far: what it costs. */
    readonly slotSeconds: () => number;
    readonly share: number;
    readonly turn: () => Promise<void>;
  },
): RunPanels {
  const began = seconds();
  const isPlane = dataset.heldOut.kind === 'plane';
  let spent = 0;
  let saidSo = false;

  const keep = async (name: PanelName, imagesSeen: number, make: () => Promise<PanelFiles>): Promise<void> => {
    try {
      const { png, json } = await make();
      const [picture, data] = [`${folder}/${imagesSeen}-${name}.png`, `${folder}/${imagesSeen}-${name}.json`];
      await Promise.all([artifacts.write(picture, png), artifacts.write(data, json)]);
      tell({ kind: 'panel', panel: { name, imagesSeen, picture, data } });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      tell({ kind: 'log', line: `the panel ${name} could not be made: ${reason}` });
    }
  };
  /** Keeps what the allowance is enough for. */
  const keepAll = async <Name extends PanelName>(
    names: readonly Name[],
    moment: {
      readonly imagesSeen: number;
      readonly allowance: () => number;
      readonly make: (name: Name) => Promise<PanelFiles>;
    },
  ): Promise<void> => {
    for (const [i, name] of names.entries()) {
      await turn();
      if (spent > moment.allowance()) {
        if (!saidSo)
          tell({
            kind: 'log',
            line: `panels took ${spent.toFixed(1)} s, more than GANSWEEP_EVALUATION_SHARE=${share} of this run; ${names.slice(i).join(', ')} at ${moment.imagesSeen} images left out`,
          });
        saidSo = true;
        return;
      }
      const start = seconds();
      await keep(name, moment.imagesSeen, () => moment.make(name));
      spent += seconds() - start;
    }
  };

  /** A pack's other runs stand still for these too: each may take of its own part of the time. */
  const onTheWay = (): number => share * slotSeconds();
  const atTheEnd = (): number => Math.max(LEAST_SECONDS, evaluationAllowance({ runSeconds: seconds() - began, share }));

  return {
    ofNetworks: async ({ checkpoint, imagesSeen, isEnd }) => {
      if (isPlane && (imagesSeen < PLANE_IMAGES_MIN || (!isEnd && totalImages < PLANE_PROGRESS_IMAGES_MIN))) return;
      const opened = openNetworks({ bytes: checkpoint, name: `${folder}/${imagesSeen}.full` }, executor);
      if (!opened.ok) {
        tell({ kind: 'log', line: `there are no panels at ${imagesSeen} images: ${opened.error}` });
        return;
      }
      await using networks = opened.value;
      const subject = panelSubject(networks, dataset);
      const names = panelsOf(subject).filter((name) => isEnd || PROGRESS_PANELS.has(name));
      await keepAll(names, {
        imagesSeen,
        allowance: isEnd ? atTheEnd : onTheWay,
        make: (name) => makePanel(name, subject),
      });
    },
    ofSamples: async ({ subject, imagesSeen }) => {
      await keepAll(samplePanelsOf(subject), {
        imagesSeen,
        allowance: atTheEnd,
        make: (name) => makeSamplePanel(name, subject),
      });
    },
  };
}
