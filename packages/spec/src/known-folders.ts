import {
  ALL_CLASSES,
  type Configuration,
  classNamesOf,
  type DatasetId,
  type FolderVersion,
  isConditional,
  isFolderId,
  isPlaneLaw,
  isPluginName,
} from '@gansweep/domain';
import { nearestName } from './nearest-name.ts';
import { whoIsTold } from './resolve-configuration.ts';

/** The newest version of every registered folder: what a spec may name. */
export type KnownFolders = readonly FolderVersion[];

/** What is wrong with the data that a configuration names, or null. */
export function dataProblemOf(
  configuration: Pick<Configuration, 'model' | 'dataset'> & {
    readonly classes?: string;
    readonly conditionG?: boolean;
  },
  folders: KnownFolders,
): { readonly field: 'dataset' | 'classes'; readonly message: string } | null {
  const { dataset, classes = ALL_CLASSES } = configuration;
  if (isFolderId(dataset) && !folders.some(({ id }) => id === dataset))
    return { field: 'dataset', message: `${dataset} is not registered: ${howToMend(dataset, folders)}` };
  const names = namesOf(dataset, folders);
  const mayLack = isFolderId(dataset) || (isPluginName(dataset) && !isPlaneLaw(dataset));
  if (mayLack && names === null && isConditional(configuration))
    return {
      field: 'dataset',
      message: `${whoIsTold(configuration)}, and ${dataset} has none: ${isFolderId(dataset) ? 'add it with sub-folders or a table' : 'give its file classes and label'}, or ${configuration.conditionG ? 'leave conditionG out' : 'take another model'}`,
    };
  if (classes === ALL_CLASSES) return null;
  if (names === null)
    return { field: 'classes', message: `${dataset} has no classes to choose from: leave classes out` };
  const unknown = classes.split(',').find((name) => !names.includes(name));
  if (unknown === undefined) return null;
  return {
    field: 'classes',
    message: `${dataset} has no class ${unknown}; did you mean ${nearestName(unknown, names)}? (${names.length} classes: ${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''})`,
  };
}

function namesOf(dataset: DatasetId, folders: KnownFolders): readonly string[] | null {
  if (isFolderId(dataset)) return folders.find(({ id }) => id === dataset)?.classes ?? null;
  return classNamesOf(dataset);
}

function howToMend(dataset: DatasetId, folders: KnownFolders): string {
  const name = dataset.slice('folder:'.length);
  const known = folders.map(({ id }) => id);
  const near = known.length === 0 ? '' : `; there is ${known.slice(0, 5).join(', ')}${known.length > 5 ? ', …' : ''}`;
  return `run \`gansweep dataset add ${name} DIR\`${near}`;
}
