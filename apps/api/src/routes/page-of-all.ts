import { BadCursor, type Page } from '@gansweep/orchestrator';

/** A page of a list that is short enough to be read whole; the cursor is a position. */
export function pageOfAll<Item>(
  all: readonly Item[],
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
): Page<Item> {
  if (cursor !== undefined && !/^\d{1,9}$/.test(cursor))
    throw new BadCursor('the cursor is not one that this service gave');
  const start = Number(cursor ?? 0);
  const end = start + limit;
  return { items: all.slice(start, end), nextCursor: end < all.length ? String(end) : null };
}
