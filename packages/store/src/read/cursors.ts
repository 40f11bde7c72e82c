import { BadCursor, type Page } from '@gansweep/orchestrator';

/** Cursors are the sort key of the last row, in base64url JSON; whoever makes one up gets a clear refusal. */
export function readCursor(cursor: string | null): number | null {
  if (cursor === null) return null;
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  } catch {
    // Refused below.
  }
  throw new BadCursor('the cursor is not one that this service gave; leave it out to start from the beginning');
}

/** Cuts the one row too many that tells whether there is more. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => number,
  itemOf: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(itemOf),
    nextCursor: rows.length > limit && last !== undefined ? cursorOf(keyOf(last)) : null,
  };
}

/** The cursor behind a row with this sort key. */
export function cursorOf(key: number): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}
