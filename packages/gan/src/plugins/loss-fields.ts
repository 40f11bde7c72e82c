import { type Configuration, isPluginName, ownNameOf, type PluginFieldName, pluginValues } from '@gansweep/domain';
import type { Sym } from '@gansweep/program/browser';
import type { LossFields } from '../losses.ts';

/** Numbers of a plugin's loss, which are fed to the program: runs that differ in them alone share one. */
export function lossScalars(configuration: Configuration): Readonly<Record<PluginFieldName, number>> {
  const { loss } = configuration;
  if (!isPluginName(loss)) return {};
  return Object.fromEntries(
    Object.entries(pluginValues(loss, configuration)).flatMap(([name, value]) =>
      typeof value === 'number' ? [[scalarNamed(loss, name), value]] : [],
    ),
  );
}

/** What a plugin's loss is given of its own fields. @param scalar the symbolic scalar of that name. */
export function lossFields(configuration: Configuration, scalar: (name: PluginFieldName) => Sym): LossFields {
  const { loss } = configuration;
  if (!isPluginName(loss)) return {};
  return Object.fromEntries(
    Object.entries(pluginValues(loss, configuration)).map(([name, value]) => [
      name,
      typeof value === 'number' ? scalar(scalarNamed(loss, name)) : value,
    ]),
  );
}

function scalarNamed(loss: Parameters<typeof ownNameOf>[0], field: string): PluginFieldName {
  // Tensors have no hyphen in their names.
  return `${ownNameOf(loss).replaceAll('-', '_')}.${field}`;
}
