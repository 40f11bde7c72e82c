import { addDataSet, dataSetProblem, type PluginDataSet } from '@gansweep/datasets';
import { addPlugins, EXTRACTOR_NAMES, type PluginFacts, type PluginKind, type PluginName } from '@gansweep/domain';
import { addMetric, metricProblem, type PluginMetric } from '@gansweep/evaluation';
import {
  addModel,
  addNoiseLaw,
  addPluginLoss,
  checkLoss,
  checkModel,
  noiseProblem,
  type PluginLoss,
  type PluginModel,
  type PluginNoiseLaw,
} from '@gansweep/gan';
import { loadPlugins, PluginError, type Plugins } from '@gansweep/runtime';

/** Something that a plugin exports, and what its check found. */
export interface CheckedPlugin {
  readonly kind: PluginKind;
  readonly name: string;
  readonly file: string;
  readonly hash: string;
  /** Largest relative error of its gradients; null where it has none. */
  readonly gradientError: number | null;
  /** What is wrong with it, for a person; null when nothing is. */
  readonly problem: string | null;
  /** The registered extractor that a metric asks for and that is not here: it was tried with features of nobody. */
  readonly lacksExtractor: string | null;
}

/** Registered extractors as far as a metric has to know them. */
type Registered = readonly { readonly name: string; readonly dimension: number }[];

/**
 * Loads the plugins of a folder into this process, once, before anything is parsed or trained.
 * @param folder as `Config.plugins`. @param registered extractors of this machine. @throws PluginError naming file and export and what is wrong, a false gradient included.
 */
export async function usePlugins(folder: string | null, registered: Registered = []): Promise<void> {
  const plugins = await loadPlugins(folder);
  const bad = checkPlugins(plugins, registered).find(({ problem }) => problem !== null);
  if (bad) throw new PluginError(`${bad.file}: ${bad.kind} ${bad.name}: ${bad.problem}`);
  const { losses, noiseLaws, metrics, datasets, models } = plugins;
  const factsOf =
    (kind: PluginKind) => (one: Pick<PluginFacts, 'doc' | 'hash' | 'fields'> & { readonly name: string }) => ({
      kind,
      name: named(one.name),
      doc: one.doc,
      hash: one.hash,
      fields: one.fields,
    });
  try {
    addPlugins([
      ...losses.map(factsOf('loss')),
      ...noiseLaws.map(factsOf('noise law')),
      ...metrics.map(({ on, features, ...metric }) => ({
        ...factsOf('metric')(metric),
        on,
        ...(features === undefined ? {} : { features }),
      })),
      ...datasets.map((set) => ({ ...factsOf('data set')(set), data: set.data })),
      ...models.map((model) => ({
        ...factsOf('model')(model),
        model: {
          learns: model.learns,
          sides: model.sides,
          ...(model.condition ? { condition: model.condition } : {}),
        },
      })),
    ]);
  } catch (error) {
    throw new PluginError(`GANSWEEP_PLUGINS=${folder}: ${error instanceof Error ? error.message : String(error)}`);
  }
  for (const loss of losses) addPluginLoss(named(loss.name), lossOf(loss));
  for (const law of noiseLaws) addNoiseLaw(named(law.name), noiseLawOf(law));
  for (const metric of metrics) addMetric(named(metric.name), metricOf(metric));
  for (const set of datasets) addDataSet(named(set.name), dataSetOf(set));
  for (const model of models) addModel(named(model.name), modelOf(model));
}

/**
 * Tries everything that plugins export: gradients of losses and models, numbers of the others.
 * @param registered extractors of this machine, whose features metrics may ask for.
 */
export function checkPlugins(
  { losses, noiseLaws, metrics, datasets, models }: Plugins,
  registered: Registered = [],
): readonly CheckedPlugin[] {
  const sizes = Object.fromEntries(registered.map(({ name, dimension }) => [name, dimension]));
  const lacks = (features: string | undefined): string | null =>
    features === undefined || features in sizes || (EXTRACTOR_NAMES as readonly string[]).includes(features)
      ? null
      : features;
  const own = { lacksExtractor: null };
  const checked = [
    ...losses.map((loss): CheckedPlugin => {
      const { error, problem } = checkLoss(lossOf(loss));
      return { ...loss, ...own, kind: 'loss', gradientError: error, problem };
    }),
    ...noiseLaws.map(
      (law): CheckedPlugin => ({
        ...law,
        ...own,
        kind: 'noise law',
        gradientError: null,
        problem: noiseProblem(noiseLawOf(law)),
      }),
    ),
    ...metrics.map(
      (metric): CheckedPlugin => ({
        ...metric,
        kind: 'metric',
        gradientError: null,
        problem: metricProblem(metricOf(metric), sizes),
        lacksExtractor: lacks(metric.features),
      }),
    ),
    ...datasets.map(
      (set): CheckedPlugin => ({
        ...set,
        ...own,
        kind: 'data set',
        gradientError: null,
        problem: dataSetProblem(dataSetOf(set)),
      }),
    ),
    ...models.map((model): CheckedPlugin => {
      const { error, problem } = checkModel(modelOf(model));
      return { ...model, ...own, kind: 'model', gradientError: error, problem };
    }),
  ];
  return checked.map((one, i) => {
    const twin = checked.slice(0, i).find(({ name }) => name === one.name);
    const problem =
      twin && `${twin.file} has a ${twin.kind} of that name: give each a name of its own, whatever its kind`;
    return { ...one, problem: one.problem ?? problem ?? null };
  });
}

// Parsed as functions; what they do is what is checked.
const lossOf = (loss: Plugins['losses'][number]): PluginLoss => loss as unknown as PluginLoss;
const noiseLawOf = (law: Plugins['noiseLaws'][number]): PluginNoiseLaw => law as unknown as PluginNoiseLaw;
const metricOf = (metric: Plugins['metrics'][number]): PluginMetric => metric as unknown as PluginMetric;
const dataSetOf = (set: Plugins['datasets'][number]): PluginDataSet => set as unknown as PluginDataSet;
const modelOf = (model: Plugins['models'][number]): PluginModel => model as unknown as PluginModel;
const named = (name: string): PluginName => `plugin:${name}`;
