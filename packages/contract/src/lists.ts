import { z } from 'zod';
import { queryInteger } from './scalars.ts';

/** Where a page of a list starts and how long it is. The cursor is the `nextCursor` of the page before. */
export const pageQuery = z.strictObject({
  cursor: z.string().min(1).max(500).optional(),
  limit: queryInteger({ min: 1, max: 500 }).default(50),
});

/** Every list answers so; `nextCursor` is null at the end. */
export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}
