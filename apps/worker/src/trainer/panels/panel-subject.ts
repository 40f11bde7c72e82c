import type { OpenDataset } from '@gansweep/datasets';
import { type Configuration, EVALUATION_SEED, isPlaneLaw, type RealSource, type Samples } from '@gansweep/domain';
import type { HeldOut, PanelSubject, SampleSubject } from '@gansweep/evaluation';
import type { OpenNetworks } from '@gansweep/gan';

/** Draw of the points that no training sees: those of evaluations are others. */
const PANEL_DRAW = 2 ** 31;

/** Networks of a run and its held-out samples, as panels look at them. */
export function panelSubject(
  networks: OpenNetworks,
  { heldOut, train }: Pick<OpenDataset, 'heldOut' | 'train'>,
): PanelSubject {
  const { dataset, nz } = networks.configuration;
  return {
    ...networks,
    trained: train.kind === 'images' ? train : null,
    made: async (count) => networks.shown(await networks.generate({ z: networks.noise(count) })),
    nz,
    vectorLength: heldOut.kind === 'images' ? (heldOut.vectors?.length ?? 0) / Math.max(heldOut.count, 1) : 0,
    law: isPlaneLaw(dataset) ? dataset : null,
    // The vectors that networks are told are those of training images, whose numbers these are then.
    reals: (count) =>
      networks.classCount > 0 && heldOut.kind === 'images' && !heldOut.classes
        ? realsOf(train, count, (position) => position)
        : realsOf(heldOut, count),
  };
}

/** Samples that somebody else made of a run's data set. */
export function sampleSubject(
  samples: Samples,
  { dataset }: Pick<Configuration, 'dataset'>,
  { heldOut, train }: Pick<OpenDataset, 'heldOut' | 'train'>,
): SampleSubject {
  return {
    law: isPlaneLaw(dataset) ? dataset : null,
    trained: train.kind === 'images' ? train : null,
    reals: (count) => realsOf(heldOut, count),
    made: (count) => firstOf(samples, count),
  };
}

/** The first of some samples, or all there are. */
export function firstOf(samples: Samples, wanted: number): Samples {
  const count = Math.min(wanted, samples.count);
  if (samples.kind === 'points') return { ...samples, count, data: samples.data.subarray(0, 2 * count) };
  const { height, width, channels } = samples;
  return { ...samples, count, data: samples.data.subarray(0, count * height * width * channels) };
}

/** Fresh points, or images at equal distances through the held-out part, whose order is often that of the classes. */
function realsOf(heldOut: RealSource, wanted: number, toldOf?: (position: number) => number): HeldOut {
  if (heldOut.kind === 'plane') {
    const data = new Float32Array(2 * wanted);
    heldOut.draw(EVALUATION_SEED, PANEL_DRAW, data);
    return { samples: { kind: 'points', count: wanted, data } };
  }
  const count = Math.min(wanted, heldOut.count);
  const { height, width, channels, labels, vectors } = heldOut;
  const positions = Uint32Array.from({ length: count }, (_, i) => Math.floor((i * heldOut.count) / count));
  const data = new Uint8Array(count * height * width * channels);
  heldOut.copy(positions, data);
  return {
    samples: { kind: 'images', count, height, width, channels, data },
    ...(labels || toldOf ? { classes: Array.from(positions, toldOf ?? ((position) => labels?.[position] ?? 0)) } : {}),
    ...(vectors ? { vectors: rowsAt(vectors, positions, vectors.length / heldOut.count) } : {}),
  };
}

/** Rows `[n, width]` of a table at some positions. */
function rowsAt(table: Float32Array, positions: Uint32Array, width: number): Float32Array {
  const out = new Float32Array(positions.length * width);
  positions.forEach((position, i) => {
    out.set(table.subarray(position * width, (position + 1) * width), i * width);
  });
  return out;
}
