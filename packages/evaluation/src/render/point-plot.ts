import { lawBox, lawModes, type PlaneLaw, type PointSamples } from '@gansweep/domain';
import type { Colour, Picture } from './picture.ts';

export const SIDE = 384;
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
/** What lies under the ink: paper, the frame, and the soft edge of a ring in so many strengths. */
const RING_STRENGTHS = 4;
const GROUNDS = 2 + RING_STRENGTHS;
const FRAME_GROUND = 1;
/** Steps of ink on each ground, none included: ground × steps + step is a colour of the palette. */
const INK_STEPS = 42;

/**
 * Points of the plane, darker where they are dense, y upwards, on the law's box (thin frame) with a margin. The modes of
 * the law, where it has any, are faint rings of three sigma (at least eight pixels), drawn beneath the points. A picture
 * of 252 colours: a third of the bytes to encode, and no eye sees the difference.
 */
export function drawPointPlot(samples: PointSamples, law: PlaneLaw): Picture {
  const frame = frameOf(law);
  const ink = inkOf(samples, frame);
  let densest = 1;
  for (let at = 0; at < ink.length; at++) if ((ink[at] as number) > densest) densest = ink[at] as number;
  return {
    width: SIDE,
    height: SIDE,
    channels: 1,
    data: inked(groundOf(law, frame), ink, densest),
    palette: paletteOf(densest),
  };
}

/** Pixels = (coordinate + shift) · scale; y is counted from the top. */
export interface Frame {
  readonly low: number;
  readonly high: number;
  readonly shift: number;
  readonly scale: number;
}

export function frameOf(law: PlaneLaw): Frame {
  const { low, high } = lawBox(law);
  const margin = (high - low) * MARGIN;
  return { low, high, shift: margin - low, scale: SIDE / (high - low + 2 * margin) };
}

export const toX = ({ shift, scale }: Frame, x: number): number => (x + shift) * scale;
export const toY = (frame: Frame, y: number): number => SIDE - toX(frame, y);

const grounds = new Map<PlaneLaw, Uint8Array>();

/** Paper, box and modes of a law, which are the same on all its plots: the number of the ground of every pixel. */
function groundOf(law: PlaneLaw, frame: Frame): Uint8Array {
  const known = grounds.get(law);
  if (known) return known;
  const ground = new Uint8Array(SIDE * SIDE);
  drawFrame(ground, Math.round(toX(frame, frame.low)), Math.round(toX(frame, frame.high)));
  const modes = lawModes(law);
  for (const [x, y] of modes?.centres ?? [])
    drawRing(ground, {
      x: toX(frame, x),
      y: toY(frame, y),
      radius: Math.max(RING_RADIUS_MIN, 3 * (modes?.sigma ?? 0) * frame.scale),
    });
  grounds.set(law, ground);
  return ground;
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
    const [firstX, lastX] = [Math.max(0, left), Math.min(SIDE - 1, left + 2 * reach)];
    const [firstY, lastY] = [Math.max(0, top), Math.min(SIDE - 1, top + 2 * reach)];
    for (let px = firstX; px <= lastX; px++) profile[px - left] = dot(px + 0.5 - x);
    for (let py = firstY; py <= lastY; py++) {
      const across = dot(py + 0.5 - y);
      for (let px = firstX; px <= lastX; px++) {
        const at = py * SIDE + px;
        ink[at] = (ink[at] as number) + across * (profile[px - left] as number);
      }
    }
  }
  return ink;
}

const dot = (distance: number): number => Math.exp((distance * distance) / -(DOT_RADIUS * DOT_RADIUS));

/** Amounts below this are left out. */
const INK_LEAST = 0.02;

/** Colour numbers of a ground under ink. The step of ink grows with its logarithm. */
function inked(ground: Uint8Array, ink: Float64Array, densest: number): Uint8Array {
  const scale = (INK_STEPS - 2) / Math.log1p(densest);
  const pixels = new Uint8Array(ground.length);
  for (let at = 0; at < ink.length; at++) {
    const amount = ink[at] as number;
    const bare = (ground[at] as number) * INK_STEPS;
    pixels[at] = amount < INK_LEAST ? bare : bare + 1 + Math.round(Math.log1p(amount) * scale);
  }
  return pixels;
}

/** Every step of ink on every ground. A lone dot is clearly seen; the shade then grows with the logarithm of the ink. */
function paletteOf(densest: number): readonly Colour[] {
  return Array.from({ length: GROUNDS * INK_STEPS }, (_, number) => {
    const under = groundColour(Math.floor(number / INK_STEPS));
    const step = number % INK_STEPS;
    if (step === 0) return whole(under);
    const position = (step - 1) / (INK_STEPS - 2);
    const amount = Math.expm1(position * Math.log1p(densest));
    return whole(mixed(under, inkColour(position), 1 - Math.exp(-3 * Math.max(amount, INK_LEAST))));
  });
}

function groundColour(ground: number): Colour {
  if (ground === 0) return PAPER;
  if (ground === FRAME_GROUND) return BOX_LINE;
  return mixed(PAPER, MODE_RING, (ground - FRAME_GROUND) / RING_STRENGTHS);
}

function drawFrame(ground: Uint8Array, from: number, to: number): void {
  for (let k = from; k <= to; k++)
    for (const at of [from * SIDE + k, to * SIDE + k, k * SIDE + from, k * SIDE + to]) ground[at] = FRAME_GROUND;
}

/** A ring of about one and a half pixels with soft edges. */
function drawRing(ground: Uint8Array, ring: { x: number; y: number; radius: number }): void {
  const reach = Math.ceil(ring.radius + 2);
  for (let py = Math.floor(ring.y) - reach; py <= ring.y + reach; py++)
    for (let px = Math.floor(ring.x) - reach; px <= ring.x + reach; px++) {
      if (px < 0 || py < 0 || px >= SIDE || py >= SIDE) continue;
      const off = Math.abs(Math.hypot(px + 0.5 - ring.x, py + 0.5 - ring.y) - ring.radius);
      const strength = Math.round(RING_STRENGTHS * Math.min(1, 0.75 * (1.5 - off)));
      if (strength > 0) ground[py * SIDE + px] = FRAME_GROUND + strength;
    }
}

/** @param position 0 for the least ink, 1 for the most. */
function inkColour(position: number): Colour {
  const at = position * (INK.length - 1);
  const index = Math.min(Math.floor(at), INK.length - 2);
  return mixed(INK[index] as Colour, INK[index + 1] as Colour, at - index);
}

const mixed = (from: Colour, to: Colour, share: number): Colour => {
  const part = (k: 0 | 1 | 2): number => from[k] + (to[k] - from[k]) * share;
  return [part(0), part(1), part(2)];
};

const whole = ([red, green, blue]: Colour): Colour => [Math.round(red), Math.round(green), Math.round(blue)];
