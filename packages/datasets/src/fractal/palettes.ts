type Colour = readonly [red: number, green: number, blue: number];

/** What cells of middling and of the brightest shade look like; those that are never visited are black. */
const COLOURS = {
  fractal: { middle: [30, 110, 230], bright: [225, 240, 255] },
  'fractal-orange': { middle: [235, 120, 20], bright: [255, 240, 215] },
  'fractal-green': { middle: [40, 170, 70], bright: [230, 255, 225] },
} as const satisfies Readonly<Record<string, { readonly middle: Colour; readonly bright: Colour }>>;

export type PaletteName = keyof typeof COLOURS;
const MIDDLE = 0.65;

/** Red, green and blue of each of the 256 shades, `[256, 3]`. */
export function paletteOf(name: PaletteName): Uint8Array {
  const { middle, bright } = COLOURS[name];
  return Uint8Array.from({ length: 256 * 3 }, (_, i) => {
    const [shade, channel] = [Math.floor(i / 3) / 255, i % 3];
    const [low, high] = [middle[channel] as number, bright[channel] as number];
    return Math.round(shade < MIDDLE ? (low * shade) / MIDDLE : low + ((high - low) * (shade - MIDDLE)) / (1 - MIDDLE));
  });
}
