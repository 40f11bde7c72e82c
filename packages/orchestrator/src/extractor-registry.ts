import {
  err,
  FID_PROTOCOL,
  MOBILENET_NAME,
  ok,
  type ProtocolId,
  type Result,
  registeredExtractorOf,
} from '@gansweep/domain';
import { parseSweepDocument, type SpecProblem, type SweepSpec } from '@gansweep/spec';

/** Networks that the owner of the machines registered as extractors of features. */
export interface ExtractorRegistry {
  /** As they are when asked; `weights` is the sha256 of the weight tensors. */
  newest(): readonly { readonly name: string; readonly weights: string; readonly isInception: boolean }[];
}

export const NO_EXTRACTORS: ExtractorRegistry = { newest: () => [] };

/**
 * The spec as it would be if it named the scores by `mobilenet`, where that is registered, the spec says nothing of scores,
 * and all of its data sets would be judged by random convolutions; any other as it is.
 */
export function judgedByMobilenet(spec: SweepSpec, registry: ExtractorRegistry): SweepSpec {
  const document = spec.document as {
    readonly metric?: unknown;
    readonly evaluation?: { readonly protocols?: unknown };
  };
  if (document.metric !== undefined || document.evaluation?.protocols !== undefined) return spec;
  const families = ['fd', 'kid', 'prdc'] as const;
  if (spec.evaluation.protocols.join() !== families.map((family) => `${family}-random/v1`).join()) return spec;
  if (!registry.newest().some(({ name }) => name === MOBILENET_NAME)) return spec;
  const protocols = families.map((family) => `${family}-${MOBILENET_NAME}/v1`);
  const named = parseSweepDocument({
    ...document,
    metric: { name: `kid-${MOBILENET_NAME}`, goal: 'minimize' },
    evaluation: { ...document.evaluation, protocols },
  });
  if (!named.ok) throw new Error(`the default scores are refused: ${named.error[0]?.message}`);
  return named.value;
}

/**
 * The spec with the hash of each registered extractor's weights in its document, so that a sweep under way does not
 * change with the registration; a spec of the product's own protocols as it is.
 */
export function withExtractors(
  spec: SweepSpec,
  registry: ExtractorRegistry,
): Result<SweepSpec, readonly SpecProblem[]> {
  const { protocols, extractors: given = {} } = spec.evaluation;
  const known = protocols.some((id) => registeredExtractorOf(id) !== null) ? registry.newest() : [];
  const problems: SpecProblem[] = [];
  const extractors: Record<string, string> = {};
  protocols.forEach((id, i) => {
    const name = registeredExtractorOf(id);
    if (name === null) return;
    const found = known.find((one) => one.name === name);
    const path = `evaluation.protocols[${i}]`;
    if (found === undefined || (id === FID_PROTOCOL && !found.isInception))
      problems.push({ path, message: lacking(id, name, known) });
    else if (given[name] !== undefined && given[name] !== found.weights)
      problems.push({
        path: `evaluation.extractors.${name}`,
        message: `${name} has other weights here (${found.weights.slice(0, 12)}…): leave "extractors" out to take it as it is`,
      });
    else extractors[name] = found.weights;
  });
  const unused = Object.keys(given).find((name) => !protocols.some((id) => registeredExtractorOf(id) === name));
  if (unused !== undefined)
    problems.push({ path: `evaluation.extractors.${unused}`, message: 'no protocol asks for it: take it out' });
  if (problems.length > 0) return err(problems);
  if (Object.keys(extractors).length === 0) return ok(spec);
  const document = spec.document as { readonly evaluation?: object };
  return parseSweepDocument({ ...document, evaluation: { ...document.evaluation, extractors } });
}

function lacking(id: ProtocolId, name: string, known: ReturnType<ExtractorRegistry['newest']>): string {
  if (id === FID_PROTOCOL)
    return 'FID is a distance by the original Inception network, whose weights cannot be shipped: python scripts/inception-to-onnx.py makes them a file, gansweep extractor add FILE.onnx registers it, on the API and on the workers';
  const names = known.map((one) => one.name);
  return `no extractor ${name} is registered here: ${names.length === 0 ? '' : `take one of ${names.join(', ')}, or `}gansweep extractor add FILE.onnx --name ${name}, on the API and on the workers`;
}
