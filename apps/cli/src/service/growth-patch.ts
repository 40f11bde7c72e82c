import { UsageError } from '../failures.ts';

/** What `gansweep grow` was told, each `NAME=…` as it was typed. */
export interface GrowthWords {
  readonly set: readonly string[];
  readonly values: readonly string[];
  readonly seeds?: string | undefined;
  readonly runCap?: string | undefined;
  readonly priority?: string | undefined;
}

type Value = string | number | boolean;
type Entry = Readonly<Record<string, unknown>>;

/**
 * The part of a spec that says it: `--values` adds to the values there (or to the one that the trials have by default),
 * `--set` gives a constant, or with `LOW..HIGH` a range that keeps its distribution.
 * @param configurations of the sweep's trials. @throws UsageError naming what does not fit
 */
export function growthPatch(
  words: GrowthWords,
  sweep: {
    readonly spec: { readonly parameters?: Readonly<Record<string, Entry>> };
    readonly configurations: readonly Readonly<Record<string, unknown>>[];
  },
): Readonly<Record<string, unknown>> {
  const there = sweep.spec.parameters ?? {};
  const parameters: Record<string, Entry> = {};
  for (const [name, text] of words.set.map((pair) => splitPair('--set', pair))) {
    const range = /^(.+)\.\.(.+)$/.exec(text);
    const { value: _value, values: _values, ...rest } = there[name] ?? {};
    parameters[name] = range
      ? { ...rest, min: valueIn(range[1] as string), max: valueIn(range[2] as string) }
      : { value: valueIn(text) };
  }
  for (const [name, text] of words.values.map((pair) => splitPair('--values', pair))) {
    const before = parameters[name] ?? there[name];
    if (before !== undefined && before.value === undefined && !Array.isArray(before.values))
      throw new UsageError(`${name} has a range in this sweep: widen it with --set ${name}=LOW..HIGH`);
    const known = before
      ? ((before.values as readonly Value[] | undefined) ?? [before.value as Value])
      : sweep.configurations.flatMap((config) => (config[name] === undefined ? [] : [config[name] as Value]));
    parameters[name] = { values: [...new Set([...known, ...text.split(',').map(valueIn)])] };
  }
  const numbers = { seeds: words.seeds, run_cap: words.runCap, priority: words.priority };
  return {
    ...(Object.keys(parameters).length > 0 ? { parameters } : {}),
    ...Object.fromEntries(
      Object.entries(numbers).flatMap(([name, text]) => (text === undefined ? [] : [[name, seedsOr(text)] as const])),
    ),
  };
}

/** `4`, `11,12,13`, or `2..8` for a minimum and a maximum. */
function seedsOr(text: string): unknown {
  const between = /^(\d+)\.\.(\d+)$/.exec(text);
  if (between) return { min: Number(between[1]), max: Number(between[2]) };
  return text.includes(',') ? text.split(',').map(valueIn) : valueIn(text);
}

function splitPair(option: string, pair: string): readonly [name: string, text: string] {
  const at = pair.indexOf('=');
  if (at < 1 || at === pair.length - 1)
    throw new UsageError(`${option} wants NAME=${option === '--set' ? 'VALUE' : 'VALUE,VALUE'}, not '${pair}'`);
  return [pair.slice(0, at), pair.slice(at + 1)];
}

function valueIn(text: string): Value {
  const word = text.trim();
  if (word === 'true' || word === 'false') return word === 'true';
  return word !== '' && Number.isFinite(Number(word)) ? Number(word) : word;
}
