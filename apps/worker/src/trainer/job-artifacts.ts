import { createHash } from 'node:crypto';
import { type Configuration, learnsPoints, type Samples } from '@gansweep/domain';
import { renderSamples } from '@gansweep/evaluation';
import { decodeCheckpoint, unfitToContinue } from '@gansweep/gan';
import type { ArtifactStore, CheckpointRecord } from '@gansweep/orchestrator';
import type { LaneNews, TrainingJob } from './messages.ts';

/** Where an attempt's files go, and who hears of them. */
export interface ArtifactTools {
  readonly artifacts: ArtifactStore;
  readonly tell: (news: LaneNews) => void;
}

/**
 * Bytes of the newest checkpoint whose hash holds, and of a shorter run those that the run can go on from; others are passed
 * over, and the log says so.
 */
export async function usableCheckpoint(
  { checkpoints, configuration, seed }: Pick<TrainingJob, 'checkpoints' | 'configuration' | 'seed'>,
  { artifacts, tell }: ArtifactTools,
): Promise<{ readonly imagesSeen: number; readonly bytes: Uint8Array } | null> {
  const passOver = (imagesSeen: number, because: string): void =>
    tell({ kind: 'log', line: `checkpoint at ${imagesSeen} images ${because}; going back to the one before` });
  for (const { artifact, sha256, imagesSeen, inherited = false } of checkpoints) {
    const bytes = await artifacts.read(artifact);
    if (!bytes || createHash('sha256').update(bytes).digest('hex') !== sha256) {
      passOver(imagesSeen, bytes ? 'is damaged' : 'is missing');
      continue;
    }
    const unfit = inherited ? unfitToContinue(decodeCheckpoint(bytes), { configuration, seed }) : null;
    if (unfit !== null) {
      passOver(imagesSeen, `is of no use: ${unfit}`);
      continue;
    }
    if (inherited) tell({ kind: 'log', line: `goes on from the checkpoint of a shorter run at ${imagesSeen} images` });
    return { imagesSeen, bytes };
  }
  return null;
}

export async function keep(
  { artifacts, tell }: ArtifactTools,
  {
    key,
    kind,
    imagesSeen,
    bytes,
  }: {
    readonly key: string;
    readonly kind: CheckpointRecord['kind'];
    readonly imagesSeen: number;
    readonly bytes: Uint8Array;
  },
): Promise<void> {
  const written = await artifacts.write(key, bytes);
  tell({
    kind: 'checkpoint',
    checkpoint: { imagesSeen, kind, artifact: key, sha256: written.sha256, bytes: written.bytes },
  });
}

export async function keepSamples(
  { artifacts, tell }: ArtifactTools,
  configuration: Configuration,
  { key, imagesSeen, samples }: { readonly key: string; readonly imagesSeen: number; readonly samples: Samples },
): Promise<void> {
  const png = learnsPoints(configuration) ? renderSamples(samples, configuration.dataset) : renderSamples(samples);
  await artifacts.write(key, png);
  tell({ kind: 'sample', sample: { imagesSeen, artifact: key } });
}
