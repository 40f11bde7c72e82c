import { DocumentMeter, type JsonValue } from './document-limits.ts';
import { type ProblemList, pathTo } from './spec-problem.ts';

class SyntaxProblem extends Error {}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"/y;
const SPACE = /[ \t\r\n]*/y;

/**
 * JSON (RFC 8259) that tells of duplicate keys, of numbers beyond a double and of what `DocumentMeter` bounds, which
 * `JSON.parse` all accepts silently. Recursion ends at the allowed depth, so nesting cannot exhaust the stack.
 * @returns the value, or undefined where `problems` says why not.
 */
export function parseStrictJson(text: string, problems: ProblemList): JsonValue | undefined {
  const reader = new JsonReader(text, problems);
  try {
    return reader.document();
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    if (error.message !== '') problems.add('', error.message);
    return undefined;
  }
}

class JsonReader {
  readonly #text: string;
  readonly #meter: DocumentMeter;
  #at = 0;

  constructor(text: string, problems: ProblemList) {
    this.#text = text;
    this.#meter = new DocumentMeter(problems);
  }

  document(): JsonValue {
    const value = this.#value('', 1);
    this.#space();
    if (this.#at < this.#text.length) this.#fail('expected the end of the document');
    return value;
  }

  #value(path: string, depth: number): JsonValue {
    this.#space();
    const first = this.#text[this.#at];
    if (first === '{' || first === '[') {
      if (!this.#meter.enter(path, depth)) throw new SyntaxProblem();
      return first === '{' ? this.#object(path, depth) : this.#array(path, depth);
    }
    const value = this.#scalar(first);
    this.#meter.scalar(path, value);
    if (this.#meter.exhausted) throw new SyntaxProblem();
    return value;
  }

  #scalar(first: string | undefined): JsonValue {
    if (first === '"') return this.#string();
    for (const [word, value] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const)
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    const number = this.#match(NUMBER);
    return number === null ? this.#fail('expected a value') : Number(number);
  }

  #object(path: string, depth: number): JsonValue {
    const entries = new Map<string, JsonValue>();
    this.#at += 1;
    this.#space();
    if (this.#take('}')) return {};
    do {
      this.#space();
      const key = this.#text[this.#at] === '"' ? this.#string() : this.#fail('expected a key in double quotes');
      this.#meter.key(path, key);
      if (entries.has(key)) this.#meter.duplicate(path, key);
      this.#space();
      if (!this.#take(':')) this.#fail('expected ":"');
      entries.set(key, this.#value(pathTo(path, key), depth + 1));
      this.#space();
    } while (this.#take(','));
    if (!this.#take('}')) this.#fail('expected "," or "}"');
    return Object.fromEntries(entries);
  }

  #array(path: string, depth: number): JsonValue {
    const items: JsonValue[] = [];
    this.#at += 1;
    this.#space();
    if (this.#take(']')) return items;
    do {
      items.push(this.#value(pathTo(path, items.length), depth + 1));
      this.#space();
    } while (this.#take(','));
    if (!this.#take(']')) this.#fail('expected "," or "]"');
    return items;
  }

  #string(): string {
    const literal = this.#match(STRING) ?? this.#fail('a text is not closed');
    try {
      return JSON.parse(literal) as string;
    } catch {
      return this.#fail('a text has an unknown escape or a raw control character before this');
    }
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return null;
    this.#at = pattern.lastIndex;
    return found[0];
  }

  #space(): void {
    this.#match(SPACE);
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #fail(expectation: string): never {
    const before = this.#text.slice(0, this.#at).split('\n');
    throw new SyntaxProblem(
      `not JSON: ${expectation} at line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`,
    );
  }
}
