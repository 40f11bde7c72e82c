import {
  type DatasetId,
  defaultProtocolsFor,
  defaultScoreFor,
  FEATURE_SCORES,
  type FeatureFamily,
  FID_PROTOCOL,
  factsOf,
  isConditional,
  isDefinedOn,
  isMidpointProtocol,
  isMoveProtocol,
  isNetworkProtocol,
  isPathProtocol,
  isProtocolId,
  type ModelName,
  PATH_SPACES,
  PROTOCOL_IDS,
  type ProtocolId,
  protocolsFor,
  type ScoreName,
  scoresBehind,
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
    const behind = scoresBehind(id);
    if (behind !== null && !(named as readonly string[]).includes(behind.protocol))
      problems.add(path, `${id} looks at the scores of ${behind.protocol} so far: add ${behind.protocol}`);
  });
  return named;
}

/** A model of a sweep, and whether its configurations tell it what it need not be told. */
export interface JudgedFamily {
  readonly model: ModelName;
  readonly conditionG: boolean;
}

/** Protocols that ask for more than samples: of a model that has what they ask for, and not of a program. */
const DEMANDS: readonly {
  readonly of: (id: ProtocolId) => boolean;
  /** What a command trainer, which gives samples alone, is told; null where it may give what is asked. */
  readonly ofCommand: string | null;
  /** What a model is told that lacks it; null where every model has it. */
  readonly ofModel: {
    readonly has: (family: JudgedFamily) => boolean;
    readonly words: (family: JudgedFamily) => string;
  } | null;
}[] = [
  {
    of: (id) => id === 'conditional-lenet/v1',
    ofCommand: null,
    ofModel: {
      has: isConditional,
      words: ({ model }) =>
        `asks whether G obeys the class that it is told, and ${model} is told none: take it out, or ${
          factsOf(model).styled ? 'give every configuration conditionG: true' : 'sweep cdcgan or cgan alone'
        }`,
    },
  },
  {
    of: (id) => isPathProtocol(id) || isMidpointProtocol(id),
    ofCommand: 'draws along paths between latent vectors, and a command trainer gives samples alone: take it out',
    ofModel: null,
  },
  {
    of: isNetworkProtocol,
    ofCommand: 'looks at D, and a command trainer gives samples alone: take it out',
    ofModel: null,
  },
  {
    of: (id) => isPathProtocol(id) && PATH_SPACES[id] === 'w',
    ofCommand: null,
    ofModel: {
      has: ({ model }) => factsOf(model).styled === true,
      words: ({ model }) =>
        `walks between the styles of a mapping network, and ${model} has none: take it out, or sweep stylegan, stylegan2 or stylegan3 alone`,
    },
  },
  {
    of: isMoveProtocol,
    ofCommand: 'moves the input of G, and a command trainer gives samples alone: take it out',
    ofModel: {
      has: ({ model }) => factsOf(model).movable === true,
      words: ({ model }) =>
        `moves the plane that G draws on, and ${model} has none that can be moved: take it out, or sweep stylegan3 alone`,
    },
  },
];

/** Refuses protocols that the models of the sweep, or its program, cannot answer. */
export function checkConditions(
  protocols: readonly ProtocolId[],
  { families, byCommand }: { readonly families: readonly JudgedFamily[]; readonly byCommand: boolean },
  problems: ProblemList,
): void {
  protocols.forEach((id, i) => {
    for (const { of, ofCommand, ofModel } of DEMANDS) {
      if (!of(id)) continue;
      const path = pathTo('evaluation.protocols', i);
      if (byCommand && ofCommand !== null) problems.add(path, `${id} ${ofCommand}`);
      const without = ofModel === null ? undefined : families.find((family) => !ofModel.has(family));
      if (!(byCommand && ofCommand !== null) && ofModel !== null && without !== undefined)
        problems.add(path, `${id} ${ofModel.words(without)}`);
    }
  });
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

/** A score that every run produces, by its name; null, and a problem, where one does not. */
export function readScore(
  name: string,
  {
    path,
    protocols,
    datasets,
  }: { readonly path: string; readonly protocols: readonly ProtocolId[]; readonly datasets: readonly DatasetId[] },
  problems: ProblemList,
): ScoreName | null {
  const score = parseBy(metricSchema.shape.name, name, path, problems);
  if (score === null) return null;
  const without = datasets.find((dataset) => !scoresOf(dataset, protocols).includes(score));
  if (without === undefined) return score;
  problems.add(path, notProduced(score, without, protocols));
  return null;
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
  return scores.length === 0
    ? `runs on ${dataset} do not produce ${name}, nor any score of ${protocols.join(', ')}`
    : `runs on ${dataset} do not produce ${name}, but ${scores.join(', ')}; did you mean ${nearestName(name, scores)}?`;
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
