import { createHash } from 'node:crypto';
import { type Configuration, identityOf, type TrialId } from '@gansweep/domain';

/**
 * JSON with sorted keys and numbers in their shortest form, so that equal content is equal text: `1e-3` is `0.001`, −0 is 0.
 * Keys that hold undefined are left out. Throws on what JSON cannot say.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`canonical JSON has no ${value}`);
    return JSON.stringify(value === 0 ? 0 : value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object') throw new TypeError(`canonical JSON has no ${typeof value}`);
  const record = value as Readonly<Record<string, unknown>>;
  const fields = Object.keys(record)
    .filter((key) => record[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(record[key])}`);
  return `{${fields.join(',')}}`;
}

/** sha256 of the canonical form, as 64 hex digits. */
export function contentHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/** A trial is its configuration: the hash that names it wherever it is named. */
export function trialId(configuration: Configuration): TrialId {
  return contentHash(identityOf(configuration)) as TrialId;
}
