import { err, metricFileOf, ok, type Result } from '@gansweep/domain';
import { parseSweepDocument, type SpecProblem, type SweepSpec } from '@gansweep/spec';

/**
 * The spec with the hash of the file of each metric from a plugin in its document, so that workers with another file leave
 * its runs alone; a spec without such metrics as it is.
 */
export function withMetricFiles(spec: SweepSpec): Result<SweepSpec, readonly SpecProblem[]> {
  const { protocols, plugins: given = {} } = spec.evaluation;
  const files = new Map<string, string>();
  for (const id of protocols) {
    const file = metricFileOf(id);
    if (file !== null) files.set(file.name, file.hash);
  }
  const problems = Object.entries(given).flatMap(([name, hash]): readonly SpecProblem[] => {
    const path = `evaluation.plugins.${name}`;
    const here = files.get(name);
    if (here === undefined) return [{ path, message: 'no protocol asks for it: take it out' }];
    return here === hash
      ? []
      : [{ path, message: `${name} is another file here (${here}): leave "plugins" out to take it as it is` }];
  });
  if (problems.length > 0) return err(problems);
  if (files.size === 0) return ok(spec);
  const document = spec.document as { readonly evaluation?: object };
  return parseSweepDocument({
    ...document,
    evaluation: { ...document.evaluation, plugins: Object.fromEntries(files) },
  });
}
