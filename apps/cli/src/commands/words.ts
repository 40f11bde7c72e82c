import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { SpecText } from '@gansweep/spec';
import { UsageError } from '../failures.ts';

type Options = NonNullable<Parameters<typeof parseArgs>[0]>['options'];

/** Splits a command's words. @throws UsageError when there are too few or too many positions. */
export function wordsOf<O extends NonNullable<Options>>(
  words: readonly string[],
  options: O,
  positions: { readonly names: readonly string[]; readonly more?: boolean },
) {
  const parsed = parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
  const { names, more = false } = positions;
  if (parsed.positionals.length < names.length)
    throw new UsageError(`${names[parsed.positionals.length]} is missing (--help shows the form)`);
  if (parsed.positionals.length > names.length && !more)
    throw new UsageError(`'${parsed.positionals[names.length]}' is one word too many (--help shows the form)`);
  return parsed;
}

/** A spec file; the ending tells YAML from JSON, and what begins with a brace is JSON. */
export function readSpec(file: string): SpecText {
  const text = readFileSync(file, 'utf8');
  return { text, format: /\.json$/i.test(file) || /^\s*\{/.test(text) ? 'json' : 'yaml' };
}

/** A number that an option needs, or undefined where it is left out. */
export function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new UsageError(`--${name} is a number, not '${text}'`);
  return value;
}

/** A whole number that an option needs. */
export function integerOf(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new UsageError(`--${name} must be a whole number, not '${text}'`);
  return value;
}
