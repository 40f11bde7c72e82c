import { type ProblemList, pathTo, shortened } from './spec-problem.ts';

/** What JSON can say. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Bounds on a document before anyone looks at its meaning: far above what people write, far below what hurts. */
export const LIMITS = {
  bytes: 256 * 1024,
  depth: 16,
  keys: 2_000,
  stringLength: 4 * 1024,
  /** Scalars and lines together. */
  values: 12_000,
} as const;

/** Keys that name machinery of the language rather than data. */
const FORBIDDEN_KEYS: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/** Counts what a document holds while it is read, and notes what is out of bounds. */
export class DocumentMeter {
  readonly #problems: ProblemList;
  #keys = 0;
  #values = 0;
  /** True once reading on would only cost time. */
  exhausted = false;

  constructor(problems: ProblemList) {
    this.#problems = problems;
  }

  /** @param depth 1 for the document itself. */
  enter(path: string, depth: number): boolean {
    if (depth <= LIMITS.depth) return true;
    this.#problems.add(shortened(path, 200), `nested more than ${LIMITS.depth} levels deep: a sweep needs five`);
    this.exhausted = true;
    return false;
  }

  key(parent: string, key: string): void {
    this.#keys += 1;
    if (this.#keys === LIMITS.keys + 1) {
      this.#problems.add(parent, `more than ${LIMITS.keys} keys: split the sweep`);
      this.exhausted = true;
    }
    if (FORBIDDEN_KEYS.includes(key)) this.#problems.add(pathTo(parent, key), 'this key is not allowed: rename it');
    if (key.length > LIMITS.stringLength)
      this.#problems.add(parent, `a key is longer than ${LIMITS.stringLength} characters: shorten it`);
    if (isUnstorable(key)) this.#problems.add(parent, `a key ${UNSTORABLE}`);
  }

  duplicate(parent: string, key: string): void {
    this.#problems.add(pathTo(parent, key), 'stands twice: keep one of the two');
  }

  scalar(path: string, value: JsonValue): void {
    this.#values += 1;
    if (this.#values === LIMITS.values + 1) {
      this.#problems.add('', `more than ${LIMITS.values} values: use a range, or split the sweep`);
      this.exhausted = true;
    }
    if (typeof value === 'string' && value.length > LIMITS.stringLength)
      this.#problems.add(path, `longer than ${LIMITS.stringLength} characters: shorten it`);
    if (typeof value === 'string' && isUnstorable(value)) this.#problems.add(path, UNSTORABLE);
    if (typeof value === 'number' && !Number.isFinite(value))
      this.#problems.add(path, 'is not a finite number: write one that a double can hold');
  }
}

const UNSTORABLE = 'holds a NUL or half of a surrogate pair: take the character out';

/** Text that JSON allows and PostgreSQL does not store. */
function isUnstorable(text: string): boolean {
  return text.includes('\u0000') || /\p{Surrogate}/u.test(text);
}
