import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseSweepSpec, planOf, type SpecText, type SweepPlan, specHash } from '@gansweep/spec';
import { CLAIMS, type Claim, readStudyRecord, type SmallClaim, type StudyRecord } from '@gansweep/verdict';
import { Refused, UsageError } from '../failures.ts';

const ROOT = path.join(import.meta.dirname, '../../../..');
const SPECS = path.join(ROOT, 'sweeps/study');
/** Records that are shipped. */
export const SHIPPED_RECORDS = path.join(ROOT, 'docs/study');

/** A claim with its sweep. */
export interface ClaimSweep {
  readonly claim: SmallClaim;
  readonly text: SpecText;
  readonly hash: string;
  readonly plan: SweepPlan;
}

/** Claims that were asked for, in the order of the table: by their ids, or all of a profile. */
export function chosenClaims(ids: readonly string[], profile: string): readonly SmallClaim[] {
  if (profile !== 'quick' && profile !== 'full')
    throw new UsageError(`--profile is quick or full, not '${profile}' (full: everything that processors can train)`);
  const wanted = ids.map((id) => id.toUpperCase());
  for (const id of wanted) {
    const claim = CLAIMS.find((one) => one.id === id);
    if (!claim) throw new UsageError(`there is no claim '${id}'; gansweep study report lists them`);
    if (claim.scale !== 'cpu-small') throw new UsageError(`${id} is not run by this command: ${whyNot(claim)}`);
  }
  return CLAIMS.filter(isSmall).filter((claim) =>
    wanted.length > 0 ? wanted.includes(claim.id) : profile === 'full' || claim.profile === 'quick',
  );
}

export const isSmall = (claim: Claim): claim is SmallClaim => claim.scale === 'cpu-small';

/** Why a claim has no run of the command. */
export function whyNot(claim: Exclude<Claim, SmallClaim>): string {
  switch (claim.scale) {
    case 'gpu':
      return `it needs a GPU for an answer that counts: gansweep submit ${specPath(claim.id)}`;
    case 'out-of-reach':
    case 'no-run':
      return claim.reason;
  }
}

/** As people type it at the repository's root. */
export const specPath = (id: string): string => `sweeps/study/${id}.yaml`;

export function sweepOf(claim: SmallClaim): ClaimSweep {
  const file = path.join(SPECS, `${claim.id}.yaml`);
  const text: SpecText = { text: readFileSync(file, 'utf8'), format: 'yaml' };
  const spec = parseSweepSpec(text);
  if (!spec.ok)
    throw new Refused(`${file} is not a valid spec: ${spec.error.map(({ path: at, message }) => `${at}: ${message}`)}`);
  return { claim, text, hash: specHash(spec.value), plan: planOf(spec.value) };
}

/** Hash of the sweep file that a claim has now. */
export function currentHash(claim: SmallClaim): string {
  return sweepOf(claim).hash;
}

export function readRecord(folder: string, id: string): StudyRecord | null {
  const file = path.join(folder, `${id}.json`);
  return existsSync(file) ? readStudyRecord(JSON.parse(readFileSync(file, 'utf8'))) : null;
}

/** What the runs of a claim made, and the curves behind its answer, beside its record. */
export const picturePath = (folder: string, id: string): string => path.join(folder, `${id}.png`);
export const curvesPath = (folder: string, id: string): string => path.join(folder, `${id}.svg`);

/** One run a line, so that a changed run is one changed line. @param picture PNG of what the runs made. */
export function writeRecord(folder: string, { runs, ...about }: StudyRecord, picture: Uint8Array | null): string {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${about.claim}.json`);
  const head = JSON.stringify(about, null, 2).replace(/\n}$/, ',\n  "runs": [\n');
  writeFileSync(file, `${head}${runs.map((run) => `    ${JSON.stringify(run)}`).join(',\n')}\n  ]\n}\n`);
  if (picture) writeFileSync(picturePath(folder, about.claim), picture);
  return file;
}
