/** Sizes are multiples of this. */
const GRAIN = 256;
const PAGE = 4096;
const FIRST_REGION = 2 ** 20;
const LARGEST_REGION = 2 ** 30;
/** A free chunk is cut when so much of it would lie idle, or half of it. */
const IDLE_MAX = 128 * 2 ** 20;

interface Chunk {
  readonly start: number;
  readonly size: number;
  free: boolean;
}

interface Region {
  /** Side by side, in the order of their addresses. */
  chunks: Chunk[];
  readonly touched: Uint8Array;
}

/** A piece of the arena that somebody holds. */
export interface Held {
  readonly region: Region;
  readonly chunk: Chunk;
}

export interface Arena {
  take(bytes: number): Held;
  give(held: Held): void;
  /** Bytes of all pages that were ever held: what the system keeps resident, as an arena returns nothing. */
  touchedBytes(): number;
}

/**
 * The arena of ONNX Runtime without its memory: best fit with merging of free neighbours, in regions that double.
 * @see https://github.com/microsoft/onnxruntime/blob/main/onnxruntime/core/framework/bfc_arena.cc
 */
export function bestFitArena(): Arena {
  const regions: Region[] = [];
  let next = FIRST_REGION;
  const extend = (bytes: number): void => {
    const enough = next >= bytes;
    while (next < bytes) next *= 2;
    regions.push({ chunks: [{ start: 0, size: next, free: true }], touched: new Uint8Array(next / PAGE) });
    if (enough) next = Math.min(2 * next, LARGEST_REGION);
  };
  const bestFit = (bytes: number): Held | null => {
    let best: Held | null = null;
    // Of equal ones the lower address, and the system maps later regions below earlier ones.
    for (const region of regions.toReversed())
      for (const chunk of region.chunks)
        if (chunk.free && chunk.size >= bytes && (best === null || chunk.size < best.chunk.size))
          best = { region, chunk };
    return best;
  };
  return {
    take: (wanted) => {
      const bytes = Math.max(1, Math.ceil(wanted / GRAIN)) * GRAIN;
      let found = bestFit(bytes);
      if (!found) {
        extend(bytes);
        found = bestFit(bytes) as Held;
      }
      const { region, chunk } = found;
      const { start, size } = chunk;
      const cut = size >= 2 * bytes || size - bytes >= IDLE_MAX;
      const taken = { start, size: cut ? bytes : size, free: false };
      const rest = cut ? [{ start: start + bytes, size: size - bytes, free: true }] : [];
      region.chunks = region.chunks.flatMap((one) => (one === chunk ? [taken, ...rest] : [one]));
      region.touched.fill(1, Math.floor(start / PAGE), Math.ceil((start + bytes) / PAGE));
      return { region, chunk: taken };
    },
    give: ({ region, chunk }) => {
      chunk.free = true;
      const merged: Chunk[] = [];
      for (const one of region.chunks) {
        const last = merged.at(-1);
        if (last?.free && one.free) merged[merged.length - 1] = { ...last, size: last.size + one.size };
        else merged.push(one);
      }
      region.chunks = merged;
    },
    touchedBytes: () =>
      regions.reduce((total, { touched }) => total + PAGE * touched.reduce((pages, one) => pages + one, 0), 0),
  };
}
