import type { OpenDataset } from '@gansweep/datasets';
import { isNetworkProtocol } from '@gansweep/domain';
import { evaluateNetworks } from '@gansweep/evaluation';
import { openNetworks } from '@gansweep/gan';
import type { EvaluationRecord } from '@gansweep/orchestrator';
import { mergeEvaluationPlans } from '@gansweep/orchestrator/evaluation-plan';
import type { Executor } from '@gansweep/program';
import type { TrainingJob } from '../messages.ts';
import { panelSubject } from '../panels/panel-subject.ts';
import { checkpointFacts } from './score-generator.ts';

/** Scores D by the protocols of a run that look at it, from the bytes of a full checkpoint; none where no sweep asks. */
export async function scoreNetworks(
  { runId, configuration, plans, dataHash }: Pick<TrainingJob, 'runId' | 'configuration' | 'plans' | 'dataHash'>,
  {
    checkpoint,
    imagesSeen,
    dataset,
    executor,
    seconds,
    date,
  }: {
    readonly checkpoint: Uint8Array;
    readonly imagesSeen: number;
    readonly dataset: Pick<OpenDataset, 'heldOut' | 'train'>;
    readonly executor: Executor;
    readonly seconds: () => number;
    /** ISO 8601, for the record. */
    readonly date: string;
  },
): Promise<readonly EvaluationRecord[]> {
  const protocols = mergeEvaluationPlans(plans, configuration.dataset).protocols.filter(isNetworkProtocol);
  if (protocols.length === 0) return [];
  const opened = openNetworks({ bytes: checkpoint, name: `${runId} at ${imagesSeen} images` }, executor);
  if (!opened.ok) throw new Error(opened.error);
  await using networks = opened.value;
  const results = await evaluateNetworks(protocols, panelSubject(networks, dataset), {
    dataset: configuration.dataset,
    dataHash,
    executor,
    checkpoint: checkpointFacts(configuration, { imagesSeen, train: dataset.train }),
    seconds,
    date,
  });
  return results.map((result) => ({ ...result, imagesSeen }));
}
