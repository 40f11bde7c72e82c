import {
  type DatasetId,
  defaultProtocolsFor,
  defaultScoreFor,
  FEATURE_SCORES,
  type FeatureFamily,
  FID_PROTOCOL,
  factsOf,
  isDefinedOn,
  isPathProtocol,
  isProtocolId,
  type ModelName,
  PROTOCOL_IDS,
  type ProtocolId,
  protocolsFor,
  type ScoreName,
  scoresOf as scoresOfProtocol,
} from '@gansweep/domain';
import { nearestName } from './nearest-name.ts';
import { parseBy } from './schema-problems.ts';
import { type ProblemList, pathTo } from './spec-problem.ts';
import { metricSchema } from './spec-schema.ts';

/** What a sweep is judged by. */
export interface MetricGoal {
  readonly name: ScoreName;
  readonly goal: 'minimize' | 'maximize';
  /** Which evaluations of a run make its value. */
  readonly at: 'last' | 'best' | 'mean-last-3';
}

/** Protocols to run: those that are named, or the default ones of the data sets. */
export function readProtocols(
  named: readonly ProtocolId[] | undefined,
  datasets: readonly DatasetId[],
  problems: ProblemList,
): readonly ProtocolId[] {
  const those = (of: typeof protocolsFor): readonly ProtocolId[] =>
    PROTOCOL_IDS.filter((id) => datasets.some((dataset) => of(dataset).includes(id)));
  if (named === undefined) return those(defaultProtocolsFor);
  const possible = those(protocolsFor);
  named.forEach((id, i) => {
    const path = pathTo('evaluation.protocols', i);
    if (!datasets.some((dataset) => isDefinedOn(id, dataset)))
      problems.add(path, `${id} is not defined on ${datasets.join(', ')}: take one of ${possible.join(', ')}`);
    if (named.indexOf(id) < i) problems.add(path, `${id} stands twice: take one out`);
  });
  return named;
}

/** Whether a class is obeyed can be asked of models that are told one alone, and a path be walked by our own models alone. */
export function checkConditions(
  protocols: readonly ProtocolId[],
  { models, byCommand }: { readonly models: readonly ModelName[]; readonly byCommand: boolean },
  problems: ProblemList,
): void {
  const walked = protocols.findIndex(isPathProtocol);
  if (byCommand && walked >= 0)
    problems.add(
      pathTo('evaluation.protocols', walked),
      `${protocols[walked]} draws along paths between latent vectors, and a command trainer gives samples alone: take it out`,
    );
  const at = protocols.indexOf('conditional-lenet/v1');
  const without = models.find((model) => factsOf(model).condition !== 'classes');
  if (at >= 0 && without !== undefined)
    problems.add(
      pathTo('evaluation.protocols', at),
      `conditional-lenet/v1 asks whether G obeys the class that it is told, and ${without} is told none: take it out, or sweep cdcgan or cgan alone`,
    );
}

/** One metric or a list; without it the default of the data sets, or none where these differ. */
export function readMetrics(
  raw: unknown,
  chosen: { readonly protocols: readonly ProtocolId[]; readonly datasets: readonly DatasetId[] },
  problems: ProblemList,
): readonly MetricGoal[] {
  if (raw === undefined) return defaultMetric(chosen, problems);
  const list: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
  if (list.length === 0) problems.add('metric', 'is empty: name a score, or take it out for the default');
  const metrics: MetricGoal[] = [];
  list.forEach((item, i) => {
    const path = Array.isArray(raw) ? pathTo('metric', i) : 'metric';
    if (isFid(item) && !chosen.protocols.includes(FID_PROTOCOL)) {
      problems.add(pathTo(path, 'name'), WHY_NO_FID);
      return;
    }
    const metric = parseBy(metricSchema, item, path, problems);
    if (metric === null) return;
    const without = chosen.datasets.find((dataset) => !scoresOf(dataset, chosen.protocols).includes(metric.name));
    if (without !== undefined) problems.add(pathTo(path, 'name'), notProduced(metric.name, without, chosen.protocols));
    if (metrics.some(({ name, at }) => name === metric.name && at === metric.at))
      problems.add(path, `${metric.name} at ${metric.at} stands twice: take one out`);
    metrics.push(metric);
  });
  return metrics;
}

/** A name that many will write, and that no built-in network can give. */
function isFid(metric: unknown): boolean {
  const name = typeof metric === 'object' && metric !== null && 'name' in metric ? metric.name : null;
  return typeof name === 'string' && /^fid(\d+k)?(_full)?$/i.test(name);
}

const WHY_NO_FID =
  'FID is a distance by the original Inception network, whose weights cannot be shipped: name a score of the built-in extractors, as kid-lenet; python scripts/inception-to-onnx.py and gansweep extractor add register that network where you have them, for fid/v1 in evaluation.protocols and in gansweep evaluate';

function defaultMetric(
  chosen: { readonly protocols: readonly ProtocolId[]; readonly datasets: readonly DatasetId[] },
  problems: ProblemList,
): readonly MetricGoal[] {
  const [name, ...others] = new Set(chosen.datasets.map(defaultScoreFor));
  if (name === undefined || others.length > 0) return [];
  const without = chosen.datasets.find((dataset) => !scoresOf(dataset, chosen.protocols).includes(name));
  if (without !== undefined)
    problems.add('metric', `is ${name} when left out, and ${notProduced(name, without, chosen.protocols)}`);
  return [{ name, goal: 'minimize', at: 'last' }];
}

function scoresOf(dataset: DatasetId, protocols: readonly ProtocolId[]): readonly ScoreName[] {
  return protocols.filter((id) => isDefinedOn(id, dataset)).flatMap(scoresOfProtocol);
}

function notProduced(name: ScoreName, dataset: DatasetId, protocols: readonly ProtocolId[]): string {
  const scores = scoresOf(dataset, protocols);
  const protocol =
    protocolsFor(dataset).find((id) => scoresOfProtocol(id).includes(name)) ?? registeredFor(name, dataset);
  if (protocol !== undefined)
    return `runs on ${dataset} do not produce ${name}: add ${protocol} to evaluation.protocols`;
  const near = scores.length === 0 ? '' : `; did you mean ${nearestName(name, scores)}?`;
  return `runs on ${dataset} do not produce ${name}, but ${scores.join(', ')}${near}`;
}

/** The protocol of a registered extractor that would give the score, or null. */
function registeredFor(name: ScoreName, dataset: DatasetId): ProtocolId | undefined {
  if (name === 'fid') return FID_PROTOCOL;
  const [, score = '', extractor = ''] = /^(.+)-([a-z0-9]+)$/.exec(name) ?? [];
  const families = Object.keys(FEATURE_SCORES) as FeatureFamily[];
  const family = families.find((one) => (FEATURE_SCORES[one] as readonly string[]).includes(score));
  const id = `${family}-${extractor}/v1`;
  return isProtocolId(id) && isDefinedOn(id, dataset) ? id : undefined;
}
