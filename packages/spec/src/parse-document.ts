import { err, ok, type Result } from '@gansweep/domain';
import { type JsonValue, LIMITS } from './document-limits.ts';
import { ProblemList, type SpecProblem } from './spec-problem.ts';
import { parseStrictJson } from './strict-json.ts';
import { parseStrictYaml } from './strict-yaml.ts';

/** A sweep file as text. */
export interface SpecText {
  readonly text: string;
  readonly format: 'json' | 'yaml';
}

/** Text to plain data within the limits, or every reason why not. */
export function parseDocumentText(input: SpecText): Result<JsonValue, readonly SpecProblem[]> {
  const problems = new ProblemList();
  if (isLongerThan(input.text, LIMITS.bytes)) {
    problems.add('', `larger than ${LIMITS.bytes / 1024} KiB: use ranges, or split the sweep`);
    return err(problems.all);
  }
  const text = input.text.replace(/^\uFEFF/, '');
  const value = input.format === 'json' ? parseStrictJson(text, problems) : parseStrictYaml(text, problems);
  return problems.isEmpty && value !== undefined ? ok(value) : err(problems.all);
}

function isLongerThan(text: string, bytes: number): boolean {
  return text.length > bytes || new TextEncoder().encode(text).length > bytes;
}
