import { createHash } from 'node:crypto';
import { encodeCheckpoint } from '@gansweep/gan';
import type { ArtifactStore, CheckpointRecord } from '@gansweep/orchestrator';
import { buildConfiguration } from '@gansweep/testkit';
import { expect, it } from 'vitest';
import { usableCheckpoint } from './job-artifacts.ts';

const configuration = buildConfiguration({ batch: 16, images: 8_000 });

/** A checkpoint of a run of fewer images, without what the last iterations recorded, as an earlier version wrote it. */
const bytesAt = (iteration: number): Uint8Array =>
  encodeCheckpoint({
    kind: 'full',
    format: 1,
    configuration: { ...configuration, images: 1_600 },
    seed: 1,
    shape: { kind: 'plane' },
    imagesSeen: 16 * iteration,
    iteration,
    lastBorder: 16 * iteration,
    partialSums: {},
    partialSeconds: 0,
    tensors: {},
  });

async function taken(iterations: readonly number[], inherited: boolean) {
  const files = new Map(iterations.map((iteration) => [`a/${iteration}`, bytesAt(iteration)]));
  const checkpoints = [...files].map(
    ([artifact, bytes]): CheckpointRecord => ({
      imagesSeen: 16 * Number(artifact.slice(2)),
      kind: 'full',
      artifact,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      bytes: bytes.length,
      ...(inherited ? { inherited } : {}),
    }),
  );
  const artifacts: ArtifactStore = {
    read: async (key) => files.get(key) ?? null,
    write: () => Promise.reject(new Error('nothing is written')),
    remove: () => Promise.reject(new Error('nothing is removed')),
  };
  const lines: string[] = [];
  const tell = (news: { readonly kind: string; readonly line?: string }) => lines.push(news.line ?? news.kind);
  const found = await usableCheckpoint({ checkpoints, configuration, seed: 1 }, { artifacts, tell });
  return { at: found?.imagesSeen ?? null, lines };
}

it('a checkpoint of a shorter run is taken where the run can go on from it, and the log says so or why not', async () => {
  // 500 iterations are recorded by twelves: 84 of them are whole intervals, 90 are not.
  expect(await taken([90, 84], true)).toEqual({
    at: 16 * 84,
    lines: [
      expect.stringMatching(/^checkpoint at 1440 images is of no use: .* earlier version, amid an interval/),
      'goes on from the checkpoint of a shorter run at 1344 images',
    ],
  });
  expect(await taken([90], true)).toMatchObject({ at: null });
});

it('its own checkpoints it takes as they are, and says nothing', async () => {
  expect(await taken([90, 84], false)).toEqual({ at: 16 * 90, lines: [] });
});
