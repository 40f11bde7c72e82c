import { lawBox, lawModes, type PlaneLaw, type PointSamples } from '@gansweep/domain';
import type { Picture } from './picture.ts';

type Colour = readonly [red: number, green: number, blue: number];

const SIDE = 384;
/** Room around the law's box, as a share of its width, so that points that stray are seen. */
const MARGIN = 0.1;
const PAPER: Colour = [250, 250, 252];
const BOX_LINE: Colour = [222, 224, 232];
const MODE_RING: Colour = [232, 150, 70];
/** Few points to many: pale blue, blue, deep violet. */
const INK: readonly Colour[] = [
  [168, 198, 240],
  [58, 108, 205],
  [40, 22, 96],
];
/** Half width of a point's dot in pixels. */
const DOT_RADIUS = 1.6;
const RING_RADIUS_MIN = 8;

/**
 * Points of the plane, darker where they are dense, y upwards, on the law's box (thin frame) with a margin. The modes of
 * the law, where it has any, are faint rings of three sigma (at least eight pixels), drawn beneath the points.
 */
export function drawPointPlot(samples: PointSamples, law: PlaneLaw): Picture {
  const frame = frameOf(law);
  const pixels = paperOf(law, frame).slice();
  drawInk(pixels, inkOf(samples, frame));
  return { width: SIDE, height: SIDE, channels: 3, data: new Uint8Array(new Uint8ClampedArray(pixels).buffer) };
}

/** Pixels = (coordinate + shift) · scale; y is counted from the top. */
interface Frame {
  readonly low: number;
  readonly high: number;
  readonly shift: number;
  readonly scale: number;
}

function frameOf(law: PlaneLaw): Frame {
  const { low, high } = lawBox(law);
  const margin = (high - low) * MARGIN;
  return { low, high, shift: margin - low, scale: SIDE / (high - low + 2 * margin) };
}

const toX = ({ shift, scale }: Frame, x: number): number => (x + shift) * scale;
const toY = (frame: Frame, y: number): number => SIDE - toX(frame, y);

const papers = new Map<PlaneLaw, Float64Array>();

/** Paper, box and modes of a law, which are the same on all its plots. */
function paperOf(law: PlaneLaw, frame: Frame): Float64Array {
  const known = papers.get(law);
  if (known) return known;
  const pixels = Float64Array.from({ length: SIDE * SIDE * 3 }, (_, i) => PAPER[i % 3] as number);
  drawFrame(pixels, Math.round(toX(frame, frame.low)), Math.round(toX(frame, frame.high)));
  const modes = lawModes(law);
  for (const [x, y] of modes?.centres ?? [])
    drawRing(pixels, {
      x: toX(frame, x),
      y: toY(frame, y),
      radius: Math.max(RING_RADIUS_MIN, 3 * (modes?.sigma ?? 0) * frame.scale),
    });
  papers.set(law, pixels);
  return pixels;
}

/** Ink on every pixel: the sum of small round dots, in dots. A dot is the product of its profiles along x and y. */
function inkOf(samples: PointSamples, frame: Frame): Float64Array {
  const ink = new Float64Array(SIDE * SIDE);
  const reach = Math.ceil(DOT_RADIUS * 2);
  const profile = new Float64Array(2 * reach + 1);
  for (let i = 0; i < samples.count; i++) {
    const x = toX(frame, samples.data[2 * i] as number);
    const y = toY(frame, samples.data[2 * i + 1] as number);
    if (!(x > -reach && x < SIDE + reach && y > -reach && y < SIDE + reach)) continue;
    const [left, top] = [Math.floor(x) - reach, Math.floor(y) - reach];
    for (let k = 0; k < profile.length; k++) profile[k] = dot(left + k + 0.5 - x);
    for (let py = Math.max(0, top); py <= Math.min(SIDE - 1, top + 2 * reach); py++) {
      const across = dot(py + 0.5 - y);
      for (let px = Math.max(0, left); px <= Math.min(SIDE - 1, left + 2 * reach); px++) {
        const at = py * SIDE + px;
        ink[at] = (ink[at] as number) + across * (profile[px - left] as number);
      }
    }
  }
  return ink;
}

const dot = (distance: number): number => Math.exp(-((distance / DOT_RADIUS) ** 2));

/** Lays the ink over the picture. A lone dot is clearly seen; the shade then grows with the logarithm of the ink. */
function drawInk(pixels: Float64Array, ink: Float64Array): void {
  let densest = 1;
  for (let at = 0; at < ink.length; at++) densest = Math.max(densest, ink[at] as number);
  const scale = (RAMP.length - 1) / Math.log1p(densest);
  for (let at = 0; at < ink.length; at++) {
    const amount = ink[at] as number;
    if (amount < 0.02) continue;
    blend(pixels, at, RAMP[Math.round(Math.log1p(amount) * scale)] as Colour, 1 - Math.exp(-3 * amount));
  }
}

function drawFrame(pixels: Float64Array, from: number, to: number): void {
  for (let k = from; k <= to; k++)
    for (const at of [from * SIDE + k, to * SIDE + k, k * SIDE + from, k * SIDE + to]) blend(pixels, at, BOX_LINE, 1);
}

/** A ring of about one and a half pixels with soft edges. */
function drawRing(pixels: Float64Array, ring: { x: number; y: number; radius: number }): void {
  const reach = Math.ceil(ring.radius + 2);
  for (let py = Math.floor(ring.y) - reach; py <= ring.y + reach; py++)
    for (let px = Math.floor(ring.x) - reach; px <= ring.x + reach; px++) {
      if (px < 0 || py < 0 || px >= SIDE || py >= SIDE) continue;
      const off = Math.abs(Math.hypot(px + 0.5 - ring.x, py + 0.5 - ring.y) - ring.radius);
      if (off < 1.5) blend(pixels, py * SIDE + px, MODE_RING, 0.75 * (1.5 - off));
    }
}

/** The inks in steps too fine to be seen. */
const RAMP: readonly Colour[] = Array.from({ length: 256 }, (_, i) => {
  const position = (i / 255) * (INK.length - 1);
  const index = Math.min(Math.floor(position), INK.length - 2);
  const [from, to] = [INK[index] as Colour, INK[index + 1] as Colour];
  const mix = (k: 0 | 1 | 2): number => from[k] + (to[k] - from[k]) * (position - index);
  return [mix(0), mix(1), mix(2)];
});

function blend(pixels: Float64Array, at: number, colour: Colour, opacity: number): void {
  const share = Math.min(opacity, 1);
  for (let c = 0; c < 3; c++) {
    const under = pixels[3 * at + c] as number;
    pixels[3 * at + c] = under + ((colour[c] as number) - under) * share;
  }
}
