/** GANSWEEP_PLUGINS=sweeps/plugins adds the images `plugin:shapes`: discs and squares of any size and place. */

const SIDE = 16;

/** Numbers in [0, 1) that depend on the image and the number of the draw alone. */
function shareOf(index, draw) {
  let x = Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(draw + 1, 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
}

export const datasets = [
  {
    name: 'shapes',
    doc: 'White discs and squares on black.',
    kind: 'images',
    side: SIDE,
    channels: 1,
    count: 5_000,
    classes: ['disc', 'square'],
    label: (index) => index % 2,
    image: (index) => {
      const radius = 2 + 4 * shareOf(index, 0);
      const [x, y] = [1, 2].map((draw) => radius + (SIDE - 2 * radius) * shareOf(index, draw));
      return Uint8Array.from({ length: SIDE * SIDE }, (_, at) => {
        const [dx, dy] = [Math.abs((at % SIDE) + 0.5 - x), Math.abs(Math.floor(at / SIDE) + 0.5 - y)];
        const distance = index % 2 === 0 ? Math.hypot(dx, dy) : Math.max(dx, dy);
        return Math.round(255 * Math.min(1, Math.max(0, radius + 0.5 - distance)));
      });
    },
  },
];
