import type { OpenDataset } from '@gansweep/datasets';
import { EVALUATION_SEED, isPlaneLaw, type RealSource } from '@gansweep/domain';
import type { HeldOut, PanelSubject } from '@gansweep/evaluation';
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
    nz,
    law: isPlaneLaw(dataset) ? dataset : null,
    // The vectors that networks are told are those of training images, whose numbers these are then.
    reals: (count) =>
      networks.classCount > 0 && heldOut.kind === 'images' && !heldOut.classes
        ? realsOf(train, count, (position) => position)
        : realsOf(heldOut, count),
  };
}

/** Fresh points, or images at equal distances through the held-out part, whose order is often that of the classes. */
function realsOf(heldOut: RealSource, wanted: number, toldOf?: (position: number) => number): HeldOut {
  if (heldOut.kind === 'plane') {
    const data = new Float32Array(2 * wanted);
    heldOut.draw(EVALUATION_SEED, PANEL_DRAW, data);
    return { samples: { kind: 'points', count: wanted, data } };
  }
  const count = Math.min(wanted, heldOut.count);
  const { height, width, channels, labels } = heldOut;
  const positions = Uint32Array.from({ length: count }, (_, i) => Math.floor((i * heldOut.count) / count));
  const data = new Uint8Array(count * height * width * channels);
  heldOut.copy(positions, data);
  return {
    samples: { kind: 'images', count, height, width, channels, data },
    ...(labels || toldOf ? { classes: Array.from(positions, toldOf ?? ((position) => labels?.[position] ?? 0)) } : {}),
  };
}
