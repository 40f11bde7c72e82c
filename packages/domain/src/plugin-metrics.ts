import {
  isPluginName,
  ownNameOf,
  type PluginFacts,
  type PluginField,
  type PluginName,
  type PluginValue,
  pluginFacts,
  pluginsOfKind,
} from './plugins.ts';

/** A metric of a plugin with values of its fields: `plugin:far?beyond=2`, which is protocol and score alike. */
export interface PluginMetricCall {
  readonly facts: PluginFacts;
  /** Every field of it, as asked for or by default. */
  readonly values: Readonly<Record<string, PluginValue>>;
}

/** Names of metrics from plugins with or without values, as JSON Schema says it. */
export const PLUGIN_METRIC_PATTERN = '^plugin:[a-z][a-z0-9-]{0,62}(\\?[A-Za-z0-9]+=[^&?=]+(&[A-Za-z0-9]+=[^&?=]+)*)?$';

/** What an id asks for, what is wrong with it for a person, or null where it names no metric of a plugin. */
export function pluginMetricOf(id: string): PluginMetricCall | string | null {
  if (!isPluginName(id)) return null;
  const [name = '', query = ''] = id.split('?', 2);
  const facts = pluginFacts(name as PluginName);
  const known = pluginsOfKind('metric');
  if (facts?.kind !== 'metric' || !new RegExp(PLUGIN_METRIC_PATTERN).test(id))
    return `${id} is no metric of a plugin here: ${
      known.length === 0 ? 'GANSWEEP_PLUGINS brings none' : `there is ${known.join(', ')}`
    }, with values of its fields as plugin:NAME?field=value`;
  const values: Record<string, PluginValue> = Object.fromEntries(facts.fields.map((one) => [one.name, one.default]));
  for (const part of query === '' ? [] : query.split('&')) {
    const [key = '', text = ''] = part.split('=');
    const field = facts.fields.find((one) => one.name === key);
    if (field === undefined)
      return `${name} has no field ${key}${facts.fields.length === 0 ? '' : `, but ${facts.fields.map((one) => one.name).join(', ')}`}`;
    const value = valueFrom(text, field);
    if (value === null) return `${key} of ${name} is ${expected(field)}, not ${text}`;
    values[key] = value;
  }
  return { facts, values };
}

/** Whether an id names a metric of a plugin, with values that it takes. */
export function isPluginMetric(id: string): id is PluginName {
  const found = pluginMetricOf(id);
  return found !== null && typeof found !== 'string';
}

/** The file that an id needs, by name and hash; null where it names no metric of a plugin. */
export function metricFileOf(id: string): { readonly name: string; readonly hash: string } | null {
  const found = pluginMetricOf(id);
  return found === null || typeof found === 'string'
    ? null
    : { name: ownNameOf(found.facts.name), hash: found.facts.hash };
}

function valueFrom(text: string, { kind }: PluginField): PluginValue | null {
  if (kind.type === 'choice') return kind.choices.find((choice) => String(choice) === text) ?? null;
  const value = Number(text);
  return value >= kind.min && value <= kind.max && (kind.type === 'real' || Number.isInteger(value)) ? value : null;
}

function expected({ kind }: PluginField): string {
  if (kind.type === 'choice') return `one of ${kind.choices.join(', ')}`;
  return `a ${kind.type === 'integer' ? 'whole number' : 'number'} from ${kind.min} to ${kind.max}`;
}
