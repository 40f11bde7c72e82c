import { ROUTES } from '@gansweep/contract';
import {
  type BuiltInId,
  classNamesOf,
  DATA_HASHES,
  dataHashOf,
  type FolderVersion,
  isPlaneLaw,
  pluginsOfKind,
} from '@gansweep/domain';
import { Problem } from '../problems.ts';
import { type ApiDeps, answer, type Handlers } from './handler.ts';
import { pageOfAll } from './page-of-all.ts';

const BUILT_IN = (Object.keys(DATA_HASHES) as BuiltInId[]).map((id) => ({
  id,
  kind: isPlaneLaw(id) ? ('law' as const) : ('built-in' as const),
  dataHash: DATA_HASHES[id],
  classes: classNamesOf(id),
  folder: null,
}));

export function datasetHandlers({ store }: ApiDeps): Handlers<'listDatasets' | 'registerFolder'> {
  return {
    listDatasets: async ({ query }) => {
      const folders = (await store.folders.newest()).map((folder) => ({
        id: folder.id,
        kind: 'folder' as const,
        dataHash: folder.dataHash,
        classes: folder.classes,
        folder,
      }));
      const plugins = pluginsOfKind('data set').map((id) => ({
        id,
        kind: 'plugin' as const,
        dataHash: dataHashOf(id, []),
        classes: classNamesOf(id),
        folder: null,
      }));
      return answer(pageOfAll([...BUILT_IN, ...plugins, ...folders], query));
    },
    registerFolder: async ({ text }) => {
      const parsed = ROUTES.registerFolder.body.safeParse(jsonOf(text));
      if (!parsed.success)
        throw new Problem(
          'bad-request',
          `not the facts of a folder: ${parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}`,
        );
      const version = parsed.data as FolderVersion;
      return answer({ id: version.id, dataHash: version.dataHash, version: await store.folders.register(version) });
    },
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem('bad-request', 'the body is no JSON');
  }
}
