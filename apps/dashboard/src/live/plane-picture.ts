import { FIELD_SIDE, type View } from './view.ts';

type Colour = readonly [red: number, green: number, blue: number];

/** Blue is real and orange is generated, in points and in D's opinion alike. */
const REAL: Colour = [46, 116, 214];
const FAKE: Colour = [214, 92, 16];
/** How strongly a D that is certain colours the plane. */
const FIELD_STRENGTH = 0.3;

export interface PlaneFrame {
  readonly view: View;
  readonly box: { readonly low: number; readonly high: number };
  /** `[n, 2]`. */
  readonly reals: Float32Array;
  readonly fakes: Float32Array;
  /** σ(D), row by row from the lower left. */
  readonly field: Float32Array;
}

/**
 * The plane with D's field beneath, reals as round dots and fakes as squares; y upwards.
 * @param pixels side of the canvas. @param scratch a canvas of `FIELD_SIDE` on each side. @param paper colour of σ(D) = ½.
 */
export function drawPlane(
  context: CanvasRenderingContext2D,
  frame: PlaneFrame,
  { pixels, scratch, paper }: { readonly pixels: number; readonly scratch: HTMLCanvasElement; readonly paper: Colour },
): void {
  const { low, high } = frame.view;
  const scale = pixels / (high - low);
  drawField(context, frame.field, { pixels, scratch, paper });
  const [from, side] = [(frame.box.low - low) * scale, (frame.box.high - frame.box.low) * scale];
  context.strokeStyle = 'rgba(128, 128, 128, 0.35)';
  context.lineWidth = 1;
  context.strokeRect(
    Math.round(from) + 0.5,
    Math.round(pixels - from - side) + 0.5,
    Math.round(side),
    Math.round(side),
  );
  const unit = pixels / 480;
  context.fillStyle = `rgba(${REAL}, 0.75)`;
  eachPoint(frame.reals, (x, y) => {
    context.beginPath();
    context.arc((x - low) * scale, pixels - (y - low) * scale, 2.1 * unit, 0, 2 * Math.PI);
    context.fill();
  });
  context.fillStyle = `rgba(${FAKE}, 0.85)`;
  const width = 3.4 * unit;
  eachPoint(frame.fakes, (x, y) => {
    context.fillRect((x - low) * scale - width / 2, pixels - (y - low) * scale - width / 2, width, width);
  });
}

function drawField(
  context: CanvasRenderingContext2D,
  field: Float32Array,
  { pixels, scratch, paper }: { readonly pixels: number; readonly scratch: HTMLCanvasElement; readonly paper: Colour },
): void {
  const small = scratch.getContext('2d');
  if (!small) return;
  const image = small.createImageData(FIELD_SIDE, FIELD_SIDE);
  for (let row = 0; row < FIELD_SIDE; row++)
    for (let column = 0; column < FIELD_SIDE; column++) {
      const belief = field[row * FIELD_SIDE + column] as number;
      const at = 4 * ((FIELD_SIDE - 1 - row) * FIELD_SIDE + column);
      image.data.set([...shadeOf(belief, paper), 255], at);
    }
  small.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = 'high';
  context.drawImage(scratch, 0, 0, pixels, pixels);
}

/** Paper at ½, and towards real or fake by how sure D is; what is not a number is paper. */
function shadeOf(belief: number, paper: Colour): Colour {
  const sureness = Number.isFinite(belief) ? Math.abs(2 * belief - 1) ** 0.8 * FIELD_STRENGTH : 0;
  const towards = belief > 0.5 ? REAL : FAKE;
  const mixed = (channel: 0 | 1 | 2): number => paper[channel] + (towards[channel] - paper[channel]) * sureness;
  return [mixed(0), mixed(1), mixed(2)];
}

function eachPoint(points: Float32Array, draw: (x: number, y: number) => void): void {
  for (let i = 0; i < points.length; i += 2) draw(points[i] as number, points[i + 1] as number);
}
