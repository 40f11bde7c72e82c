/** Name of something that a file of the user adds to one of our tables; never one of ours. */
export type PluginName = `plugin:${string}`;

/** What everyone knows of a loss from a plugin; its functions only those who train. */
export interface PluginLossFacts {
  readonly name: PluginName;
  /** For people. */
  readonly doc: string;
  /** Hash of its file, 16 hexadecimal digits: part of the identity of every trial that uses it. */
  readonly hash: string;
}

const losses = new Map<string, PluginLossFacts>();

/**
 * Makes losses known beside ours, once, when a process starts and before anything is parsed or trained: the tables of a
 * process never change afterwards. @throws Error for a name that comes twice.
 */
export function addPluginLosses(added: readonly PluginLossFacts[]): void {
  for (const facts of added) {
    if (losses.has(facts.name)) throw new Error(`two losses are called ${facts.name}`);
    losses.set(facts.name, facts);
  }
}

/** Names of the losses that plugins added, in their order. */
export function pluginLosses(): readonly PluginName[] {
  return [...losses.values()].map(({ name }) => name);
}

/** Files of plugins that this process has, as `name@hash` of each loss in them. */
export function pluginFiles(): readonly string[] {
  return [...losses.values()].map(keptOf);
}

/** What a configuration keeps of the plugins it uses: `name@hash`, or undefined where it uses none. */
export function pluginsOf({ loss }: { readonly loss: string }): string | undefined {
  const facts = losses.get(loss);
  return facts && keptOf(facts);
}

function keptOf({ name, hash }: PluginLossFacts): string {
  return `${name.slice('plugin:'.length)}@${hash}`;
}
