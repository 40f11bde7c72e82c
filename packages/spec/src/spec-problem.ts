/** One thing to mend: where (`parameters.lrG.values[1]`, empty for the whole document) and how. */
export interface SpecProblem {
  readonly path: string;
  readonly message: string;
}

/** More than this is noise to a person, and bounds the work on hostile input. */
const LISTED_MAX = 100;

/** Collects problems; the same one is listed once. */
export class ProblemList {
  readonly #seen = new Map<string, SpecProblem>();

  add(path: string, message: string): void {
    const key = `${path}\n${message}`;
    if (this.#seen.size < LISTED_MAX && !this.#seen.has(key)) this.#seen.set(key, { path, message });
  }

  get all(): readonly SpecProblem[] {
    return [...this.#seen.values()];
  }

  get isEmpty(): boolean {
    return this.#seen.size === 0;
  }

  get isFull(): boolean {
    return this.#seen.size >= LISTED_MAX;
  }
}

/** Path of a key or position below another. */
export function pathTo(parent: string, step: string | number): string {
  if (typeof step === 'number') return `${parent}[${step}]`;
  const key = /^[A-Za-z_][\w-]*$/.test(step) ? step : JSON.stringify(shortened(step, 60));
  return parent === '' ? key : `${parent}.${key}`;
}

/** Text for a message: never more of a hostile string than a line. */
export function shortened(text: string, length = 80): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}

/** A value as a message shows it. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return `the text ${JSON.stringify(shortened(value, 40))}`;
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a group of keys';
  return String(value);
}
