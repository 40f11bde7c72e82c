import { err, ok, type Result } from '@gansweep/domain';
import { type KnownFolders, parseSweepDocument, planOf } from '@gansweep/spec';

type Document = Readonly<Record<string, unknown>>;

/** A regression sweep's spec, read as far as a night needs it. */
export interface RegressionSpec {
  /** Every seed that it names, in its order. */
  readonly seeds: readonly number[];
  /** Fields in which its trials differ. */
  readonly axes: readonly string[];
  readonly metrics: ReturnType<typeof planOf>['metrics'];
  /** The same trials with some of the seeds, trained anew. */
  withSeeds(seeds: readonly number[]): Document;
}

/**
 * Reads one. Its trials must be the same every night, so what chooses them by scores is refused.
 * The error is a line for a person.
 */
export function readRegressionSpec(document: Document, known: KnownFolders = []): Result<RegressionSpec, string> {
  const parsed = parseSweepDocument(document, known);
  if (!parsed.ok) {
    const [first] = parsed.error;
    return err(`${first?.path || 'the spec'}: ${first?.message}`);
  }
  if (document.method === 'tpe' || document.early_terminate !== undefined)
    return err(
      'a regression sweep trains the same runs every night: take grid, random or sobol, and no early_terminate',
    );
  const plan = planOf(parsed.value);
  if (plan.metrics.length === 0) return err('a regression sweep needs a metric that all of its runs have');
  const { seeds } = parsed.value;
  return ok({
    seeds: Array.from({ length: seeds.count }, (_, i) => seeds.at(i)),
    axes: plan.axes,
    metrics: plan.metrics,
    withSeeds: (some) => ({
      ...document,
      seeds: some,
      reuse: false,
      // Counts runs, and draws fewer trials where there are more seeds.
      ...(document.run_cap === undefined ? {} : { run_cap: plan.trialCount * some.length }),
    }),
  });
}
