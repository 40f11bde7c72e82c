import type { Configuration } from '@gansweep/domain';
import {
  cast,
  div,
  gatherRows,
  type HeldRows,
  held,
  reshape,
  type Sym,
  slice,
  sub,
  type Tracer,
  transpose,
} from '@gansweep/program/browser';
import { normalizes } from '../image-scale.ts';
import { mirrorOf } from '../mirror.ts';
import type { SampleShape } from '../networks/network.ts';
import { realBatchesOf } from '../plan-training.ts';

/** What an iteration trains on. */
export interface TrainedOn {
  readonly shape: SampleShape;
  /** Images that the program holds; null where they are inputs. */
  readonly images: HeldRows | null;
}

const gatherHeld = (positions: Sym, images: HeldRows): Sym => gatherRows(held(positions, images), positions);

/** Real batches as D wants them: points as they are, images from uint8 NHWC to NCHW in [−1, 1] or [0, 1]. */
export function realInput(
  tracer: Tracer,
  configuration: Configuration,
  { shape, images: rows }: TrainedOn,
): (update: number) => Sym {
  const { batch } = configuration;
  const count = realBatchesOf(configuration);
  if (shape.kind === 'plane') {
    const input = tracer.input('real', [count, batch, 2]);
    return (update) => reshape(slice(input, 0, update, 1), [batch, 2]);
  }
  const { height, width, channels } = shape;
  const input = rows
    ? gatherHeld(tracer.input('positions', [count, batch], { dtype: 'int32' }), rows)
    : tracer.input('real', [count, batch, height, width, channels], { dtype: 'uint8' });
  // Without it images stay in [0, 1].
  const scaled = normalizes(configuration) ? sub(div(cast(input), 127.5), 1) : div(cast(input), 255);
  const mirrored = mirrorOf(tracer, configuration, count);
  return (update) => {
    const images = reshape(slice(scaled, 0, update, 1), [batch, height, width, channels]);
    return mirrored(
      update,
      channels === 1 ? reshape(images, [batch, 1, height, width]) : transpose(images, [0, 3, 1, 2]),
    );
  };
}
