/** Name of something that a file of the user adds to one of our tables; never one of ours. */
export type PluginName = `plugin:${string}`;

/** Name of a field that a plugin brings: the plugin's own name before it, `focal.gamma`; never one of ours. */
export type PluginFieldName = `${string}.${string}`;

/** Tables of names that plugins add to. */
export type PluginKind = 'loss' | 'noise law' | 'metric' | 'data set' | 'model';

/** What everyone knows of something from a plugin; its functions only those who train. */
export interface PluginFacts {
  readonly kind: PluginKind;
  readonly name: PluginName;
  /** For people. */
  readonly doc: string;
  /** Hash of its file, 16 hexadecimal digits: part of the identity of every trial that uses it. */
  readonly hash: string;
  readonly fields: readonly PluginField[];
  /** What a metric looks at; absent where it is none. */
  readonly on?: 'points' | 'images';
  /** The extractor, ours or one that is registered, whose features of images a metric compares; absent where it sees the images. */
  readonly features?: string;
  /** What a data set holds; absent where it is none. */
  readonly data?: PluginData;
  /** What a model learns, and the sides of its images in pixels, null for any; absent where it is none. */
  readonly model?: {
    readonly learns: 'points' | 'images';
    readonly sides: readonly number[] | null;
    /** Absent where it is told nothing of its samples. */
    readonly condition?: 'classes';
  };
}

/** What everyone knows of a data set from a plugin. */
export type PluginData =
  | {
      readonly kind: 'points';
      /** Square that it is histogrammed and drawn on. */
      readonly box: { readonly low: number; readonly high: number };
      /** Round Gaussians of one width, or null where it has no separate modes. */
      readonly modes: { readonly centres: readonly (readonly [x: number, y: number])[]; readonly sigma: number } | null;
    }
  | {
      readonly kind: 'images';
      /** Of the square images in pixels. */
      readonly side: number;
      readonly channels: 1 | 3;
      readonly count: number;
      /** Names of the classes, the index being an image's label; null where it has none. */
      readonly classes: readonly string[] | null;
    };

const PREFIX = 'plugin:';
const known = new Map<string, PluginFacts>();
const fields = new Map<string, OwnedField>();

/** A field of configurations that a plugin brought, and whose it is. */
export interface OwnedField {
  readonly owner: Pick<PluginFacts, 'name'> & { readonly kind: Exclude<PluginKind, 'metric'> };
  readonly field: PluginField;
}

/**
 * Makes what plugins add known beside ours, once, when a process starts and before anything is parsed or trained: the
 * tables of a process never change afterwards. @throws Error for a name that comes twice, whatever it names.
 */
export function addPlugins(added: readonly PluginFacts[]): void {
  for (const facts of added) {
    const other = known.get(facts.name);
    if (other !== undefined)
      throw new Error(
        `a ${other.kind} and a ${facts.kind} are called ${ownNameOf(facts.name)}: give each a name of its own, whatever its kind`,
      );
    known.set(facts.name, facts);
    const { kind, name } = facts;
    // Fields of a metric are no fields of configurations: they stand behind its name.
    if (kind === 'metric') continue;
    for (const field of facts.fields) fields.set(`${ownNameOf(name)}.${field.name}`, { owner: { kind, name }, field });
  }
}

/** Names that plugins added to a table, in their order. */
export function pluginsOfKind(kind: PluginKind): readonly PluginName[] {
  return [...known.values()].filter((facts) => facts.kind === kind).map(({ name }) => name);
}

export function pluginFacts(name: PluginName): PluginFacts | undefined {
  return known.get(name);
}

/** Names of the fields that plugins brought, in their order. */
export function pluginFieldNames(): readonly PluginFieldName[] {
  return [...fields.keys()] as PluginFieldName[];
}

export function pluginFieldOf(name: string): OwnedField | undefined {
  return fields.get(name);
}

/** Files of plugins that this process has, as `name@hash` of everything in them. */
export function pluginFiles(): readonly string[] {
  return [...known.values()].map(keptOf);
}

export function isPluginName(name: string): name is PluginName {
  return name.startsWith(PREFIX);
}

/** The name that the file gives: `focal` of `plugin:focal`. */
export function ownNameOf(name: PluginName): string {
  return name.slice(PREFIX.length);
}

/** Fields of a configuration that may name plugins. */
export interface PluginUse {
  readonly loss: string;
  readonly noise: string;
  readonly dataset: string;
  readonly model: string;
}

/** What a data set of a plugin holds; undefined for every other name. */
export function pluginDataOf(dataset: string): PluginData | undefined {
  return known.get(dataset)?.data;
}

/**
 * What a configuration keeps of the plugins it uses: `name@hash` of each with a space between, or undefined where it uses
 * none that this process knows.
 */
export function pluginsOf({ loss, noise, dataset, model }: PluginUse): string | undefined {
  const used = [loss, noise, dataset, model].flatMap((name) => known.get(name) ?? []);
  return used.length === 0 ? undefined : used.map(keptOf).join(' ');
}

/** Values of a plugin's own fields in a configuration, by the names that its file gives them. */
export function pluginValues(name: PluginName, configuration: object): Readonly<Record<string, PluginValue>> {
  const prefix = `${ownNameOf(name)}.`;
  return Object.fromEntries(
    Object.entries(configuration as Readonly<Record<string, PluginValue>>).flatMap(([field, value]) =>
      field.startsWith(prefix) ? [[field.slice(prefix.length), value]] : [],
    ),
  );
}

/** What a field of a plugin may be. */
export type PluginValue = string | number | boolean;

/** A field that a plugin brings, as its file declares it. */
export interface PluginField {
  /** Its own, without that of the plugin. */
  readonly name: string;
  readonly doc: string;
  readonly kind:
    | { readonly type: 'choice'; readonly choices: readonly PluginValue[] }
    | { readonly type: 'integer' | 'real'; readonly min: number; readonly max: number };
  readonly default: PluginValue;
}

/** Values at which a plugin is tried before it is taken: its defaults first, then each field at its ends or choices. */
export function valuesToTry(fields: readonly PluginField[]): readonly Readonly<Record<string, PluginValue>>[] {
  const defaults = Object.fromEntries(fields.map((field) => [field.name, field.default]));
  const others = fields.flatMap(({ name, kind }) => {
    const values = kind.type === 'choice' ? kind.choices : [kind.min, kind.max];
    return values.filter((value) => value !== defaults[name]).map((value) => ({ ...defaults, [name]: value }));
  });
  return [defaults, ...others];
}

/** For a message: what the values of a plugin's fields were, or nothing where it has none. */
export function atValues(values: Readonly<Record<string, PluginValue>>): string {
  const entries = Object.entries(values);
  return entries.length === 0 ? '' : `, at ${entries.map(([name, value]) => `${name} ${value}`).join(', ')}`;
}

/**
 * Whether a field is a number of the configuration's loss or noise law from a plugin: numbers of losses are fed to the
 * program, and noise is made outside it.
 */
export function isPluginLane(
  field: string,
  value: unknown,
  { loss, noise }: Pick<PluginUse, 'loss' | 'noise'>,
): boolean {
  return (
    typeof value === 'number' &&
    [loss, noise].some((name) => isPluginName(name) && field.startsWith(`${ownNameOf(name)}.`))
  );
}

function keptOf({ name, hash }: PluginFacts): string {
  return `${ownNameOf(name)}@${hash}`;
}
