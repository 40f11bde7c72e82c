import { CURVE_NAMES, err, ok, type Result } from '@gansweep/domain';
import { z } from 'zod';

/** Longest line that a program may write, in characters. */
export const LINE_AT_MOST = 65_536;

const imagesSeen = z.int().min(0);
/** A file in the scratch folder, by its name alone. */
const file = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}$/, 'must be the name of a file in the scratch folder');

const eventSchema = z.discriminatedUnion('event', [
  z.strictObject({
    event: z.literal('started'),
    resumedAtImages: imagesSeen,
    version: z.string().max(100).default(''),
    device: z.string().max(100).default(''),
  }),
  z.strictObject({ event: z.literal('alive') }),
  z.strictObject({
    event: z.literal('points'),
    imagesSeen,
    values: z.partialRecord(z.enum(CURVE_NAMES), z.number()),
  }),
  z.strictObject({ event: z.literal('sample'), imagesSeen, file, shown: z.boolean().default(true) }),
  z.strictObject({ event: z.literal('evaluation'), imagesSeen, fakes: file }),
  z.strictObject({ event: z.literal('checkpoint'), imagesSeen, file }),
  z.strictObject({
    event: z.literal('ended'),
    imagesSeen,
    because: z.enum(['images', 'stop', 'diverged']),
    /** What was not finite first; with `diverged`. */
    what: z.string().min(1).max(200).default('the training'),
  }),
]);

/** What a program says in a line of JSON on its standard output. */
export type ProgramEvent = z.output<typeof eventSchema>;

/** A line as an event, or what is wrong with it. */
export function readEvent(line: string): Result<ProgramEvent, string> {
  if (line.length > LINE_AT_MOST) return err(`is longer than ${LINE_AT_MOST} characters`);
  let document: unknown;
  try {
    document = JSON.parse(line);
  } catch {
    return err('is no JSON: only events go to standard output, words for people go to standard error');
  }
  const parsed = eventSchema.safeParse(document);
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  const where = issue?.path.length ? `${issue.path.join('.')}: ` : '';
  return err(`${where}${issue?.message ?? 'is no event'}`);
}

/**
 * Holds a program to the order that makes its curve one curve: `started` first; positions never fall; after a checkpoint
 * everything lies beyond it, so that a run that continues from it repeats nothing and leaves nothing out; and no file
 * is named twice, since it may be read after the program went on.
 */
export class EventOrder {
  readonly #resumedAt: number;
  readonly #end: number;
  #started = false;
  #at: number;
  #point: number;
  #checkpoint: number;
  readonly #files = new Set<string>();

  /** @param resumedAt images seen of the checkpoint that was given, or 0. @param end images seen at the end. */
  constructor({ resumedAt, end }: { readonly resumedAt: number; readonly end: number }) {
    this.#resumedAt = resumedAt;
    this.#end = end;
    this.#at = resumedAt;
    this.#point = resumedAt;
    this.#checkpoint = resumedAt;
  }

  /** What is wrong with an event at its place, or null. */
  take(event: ProgramEvent): string | null {
    if (event.event === 'alive') return null;
    if (event.event === 'started') {
      if (this.#started) return 'came twice';
      if (event.resumedAtImages !== this.#resumedAt)
        return `says resumedAtImages ${event.resumedAtImages}, and the checkpoint that it was given is at ${this.#resumedAt}`;
      this.#started = true;
      return null;
    }
    if (!this.#started) return 'came before started';
    const { imagesSeen: at } = event;
    if (at > this.#end) return `is at ${at} images, beyond the end at ${this.#end}`;
    if (at < this.#at) return `is at ${at} images after something at ${this.#at}`;
    if (event.event === 'ended') {
      if (event.because === 'images' && at < this.#end) return `says images at ${at}, before the end at ${this.#end}`;
      return null;
    }
    if (at <= this.#checkpoint)
      return `is at ${at} images, not beyond ${this.#checkpoint > this.#resumedAt ? 'the checkpoint' : 'the start'} at ${this.#checkpoint}`;
    if (event.event === 'points') {
      if (at <= this.#point) return `is at ${at} images, where there is a point already`;
      this.#point = at;
    }
    if (event.event === 'checkpoint') this.#checkpoint = at;
    this.#at = at;
    return event.event === 'points' ? null : this.#takeFile(event);
  }

  #takeFile(event: Extract<ProgramEvent, { readonly event: 'sample' | 'evaluation' | 'checkpoint' }>): string | null {
    const name = event.event === 'evaluation' ? event.fakes : event.file;
    // A picture may show the very fakes that are scored.
    const key = event.event === 'sample' ? `sample ${name}` : name;
    if (this.#files.has(key)) return `names ${name} again: every file needs a name of its own`;
    this.#files.add(key);
    return null;
  }
}
