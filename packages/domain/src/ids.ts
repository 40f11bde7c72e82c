import type { Branded } from './branded.ts';

/** UUIDv7 of a submitted sweep. */
export type SweepId = Branded<string, 'SweepId'>;
/** Content hash (64 hex digits) of a trial's canonical configuration. */
export type TrialId = Branded<string, 'TrialId'>;
/** UUIDv7 of a run: a trial with one seed. */
export type RunId = Branded<string, 'RunId'>;
/** UUIDv7 of a worker process. */
export type WorkerId = Branded<string, 'WorkerId'>;
/** Fencing number of a run; grows by one at every claim. */
export type Epoch = Branded<number, 'Epoch'>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** True for the textual form of a UUIDv7, the only form ids from outside may have. */
export function isUuidV7(text: string): boolean {
  return UUID.test(text);
}

/**
 * A time-ordered unique id (RFC 9562, section 5.7).
 * @param unixMs milliseconds since 1970. @param random ten random bytes.
 */
export function uuidV7(unixMs: number, random: Uint8Array): string {
  const bytes = new Uint8Array(16);
  let rest = unixMs;
  for (let i = 5; i >= 0; i--) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
