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
  const { low, high } = lawBox(law);
  const margin = (high - low) * MARGIN;
  const scale = SIDE / (high - low + 2 * margin);
  const toX = (x: number): number => (x - low + margin) * scale;
  const toY = (y: number): number => SIDE - (y - low + margin) * scale;
  const pixels = new Float64Array(SIDE * SIDE * 3);
  for (let i = 0; i < pixels.length; i++) pixels[i] = PAPER[i % 3] as number;
  drawFrame(pixels, Math.round(toX(low)), Math.round(toX(high)));
  const modes = lawModes(law);
  for (const [x, y] of modes?.centres ?? [])
    drawRing(pixels, { x: toX(x), y: toY(y), radius: Math.max(RING_RADIUS_MIN, 3 * (modes?.sigma ?? 0) * scale) });
  drawInk(pixels, inkOf(samples, toX, toY));
  return { width: SIDE, height: SIDE, channels: 3, data: Uint8Array.from(pixels, (value) => Math.round(value)) };
}

/** Ink on every pixel: the sum of small round dots, in dots. */
function inkOf(samples: PointSamples, toX: (x: number) => number, toY: (y: number) => number): Float64Array {
  const ink = new Float64Array(SIDE * SIDE);
  const reach = Math.ceil(DOT_RADIUS * 2);
  for (let i = 0; i < samples.count; i++) {
    const [x, y] = [toX(samples.data[2 * i] as number), toY(samples.data[2 * i + 1] as number)];
    if (!(x > -reach && x < SIDE + reach && y > -reach && y < SIDE + reach)) continue;
    for (let py = Math.max(0, Math.floor(y) - reach); py <= Math.min(SIDE - 1, Math.floor(y) + reach); py++)
      for (let px = Math.max(0, Math.floor(x) - reach); px <= Math.min(SIDE - 1, Math.floor(x) + reach); px++) {
        const distance = Math.hypot(px + 0.5 - x, py + 0.5 - y) / DOT_RADIUS;
        const at = py * SIDE + px;
        ink[at] = (ink[at] as number) + Math.exp(-distance * distance);
      }
  }
  return ink;
}

/** Lays the ink over the picture. A lone dot is clearly seen; the shade then grows with the logarithm of the ink. */
function drawInk(pixels: Float64Array, ink: Float64Array): void {
  const densest = ink.reduce((most, value) => Math.max(most, value), 1);
  ink.forEach((amount, at) => {
    if (amount < 0.02) return;
    const opacity = 1 - Math.exp(-3 * amount);
    const shade = Math.log1p(amount) / Math.log1p(densest);
    const colour = between(INK, shade);
    blend(pixels, at, colour, opacity);
  });
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

function between(ramp: readonly Colour[], share: number): Colour {
  const position = Math.min(Math.max(share, 0), 1) * (ramp.length - 1);
  const index = Math.min(Math.floor(position), ramp.length - 2);
  const [from, to] = [ramp[index] as Colour, ramp[index + 1] as Colour];
  const mix = (k: 0 | 1 | 2): number => from[k] + (to[k] - from[k]) * (position - index);
  return [mix(0), mix(1), mix(2)];
}

function blend(pixels: Float64Array, at: number, colour: Colour, opacity: number): void {
  const share = Math.min(opacity, 1);
  for (let c = 0; c < 3; c++) {
    const under = pixels[3 * at + c] as number;
    pixels[3 * at + c] = under + ((colour[c] as number) - under) * share;
  }
}
