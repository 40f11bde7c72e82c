import type { z } from 'zod';
import { Problem } from '../problems.ts';

/** Faults that an answer names; the first ones tell the others. */
const FAULTS_TOLD = 20;

/** A JSON body by its schema. @throws Problem that says what is wrong. */
export function parsedBody<Schema extends z.ZodType>(text: string, schema: Schema, what: string): z.output<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Problem('bad-request', 'the body is no JSON');
  }
  const found = schema.safeParse(json);
  if (found.success) return found.data;
  const faults = found.error.issues.slice(0, FAULTS_TOLD).map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Problem('bad-request', `not ${what}: ${faults.join('; ')}`);
}
