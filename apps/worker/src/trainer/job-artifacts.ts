import { createHash } from 'node:crypto';
import { type Configuration, learnsPoints, type Samples } from '@gansweep/domain';
import { renderSamples } from '@gansweep/evaluation';
import type { ArtifactStore, CheckpointRecord } from '@gansweep/orchestrator';
import type { LaneNews } from './messages.ts';

/** Where an attempt's files go, and who hears of them. */
export interface ArtifactTools {
  readonly artifacts: ArtifactStore;
  readonly tell: (news: LaneNews) => void;
}

/** Bytes of the newest checkpoint whose hash holds; a damaged one is passed over, and the log says so. */
export async function usableCheckpoint(
  records: readonly CheckpointRecord[],
  { artifacts, tell }: ArtifactTools,
): Promise<{ readonly imagesSeen: number; readonly bytes: Uint8Array } | null> {
  for (const { artifact, sha256, imagesSeen } of records) {
    const bytes = await artifacts.read(artifact);
    if (bytes && createHash('sha256').update(bytes).digest('hex') === sha256) return { imagesSeen, bytes };
    tell({
      kind: 'log',
      line: `checkpoint at ${imagesSeen} images is ${bytes ? 'damaged' : 'missing'}; going back to the one before`,
    });
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
