import type { RunState } from '@gansweep/domain';
import type { ParameterValue } from '../compare-trials.ts';

/** Values over images seen, equally many of both; null where a value was not finite. */
export interface Series {
  readonly images: readonly number[];
  readonly value: readonly (number | null)[];
}

/** What a claim needs to know of one run, and nothing else. */
export interface StudyRun {
  /** Fields in which the sweep's configurations differ, and the model and data set. */
  readonly config: Readonly<Record<string, ParameterValue>>;
  readonly seed: number;
  readonly state: RunState;
  readonly scores: Readonly<Record<string, Series>>;
  readonly curves: Readonly<Record<string, Series>>;
  /** Taken from the run's networks or panels when it was recorded; null where that could not be done. */
  readonly measures: Readonly<Record<string, number | null>>;
  /** Names of the findings of detectors, each with the images seen. */
  readonly findings: readonly { readonly name: string; readonly imagesSeen: number }[];
}

/** The recorded runs of one claim's sweep: committed as data, judged again whenever they are shown. */
export interface StudyRecord {
  readonly claim: string;
  /** Of the sweep file that was trained. */
  readonly specHash: string;
  /** Day, UTC. */
  readonly date: string;
  readonly trainingVersion: number;
  /** Processor, cores, system. */
  readonly machine: string;
  /** Who computed, each name and version once. */
  readonly backends: readonly string[];
  /** Seconds of slots that the runs took together, evaluations included; runs that other claims share are counted in each. */
  readonly seconds: number;
  /** Real images that the runs saw together. */
  readonly images: number;
  readonly runs: readonly StudyRun[];
}

/** Reads a record back. @throws Error naming what is wrong; records are written by the command alone. */
export function readStudyRecord(json: unknown): StudyRecord {
  const record = json as Partial<StudyRecord> | null;
  const texts = ['claim', 'specHash', 'date', 'machine'] as const;
  for (const name of texts)
    if (typeof record?.[name] !== 'string') throw new Error(`a record of the study lacks its ${name}`);
  for (const name of ['seconds', 'images', 'trainingVersion'] as const)
    if (!Number.isFinite(record?.[name])) throw new Error(`the record of ${record?.claim} lacks its ${name}`);
  if (!Array.isArray(record?.backends) || !Array.isArray(record.runs))
    throw new Error(`the record of ${record?.claim} lacks its runs or their backends`);
  for (const run of record.runs)
    for (const name of ['config', 'scores', 'curves', 'measures', 'findings'] as const)
      if (typeof run?.[name] !== 'object') throw new Error(`a run in the record of ${record.claim} lacks its ${name}`);
  return record as StudyRecord;
}
